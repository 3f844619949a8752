"""The cloud in the background: found, started and stopped by its folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import platformdirs
import psutil

from hathora_deploy import private_files
from hathora_deploy.cloud import address
from hathora_deploy.cloud.artifacts.location import parse_location
from hathora_deploy.cloud.errors import CloudStartError, UnusableFolder
from hathora_deploy.cloud.setting_options import described, setting_options, to_environment
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.secret import Secret

START_TIMEOUT: Final = 30.0
"""Seconds that a cloud may take to answer."""
_LOOK_SECONDS: Final = 0.02
_STOP_MARGIN: Final = 15.0
_LOG_TAIL: Final = 5
HINT: Final = "hint: "
"""Begins the last line of a program that could not start."""


@dataclass(frozen=True)
class RunningCloud:
    """A cloud that answers."""

    endpoint: str
    """For programs of this machine."""
    pid: int
    started_at: datetime
    runtime: str
    settings: Mapping[str, str]
    """Those that are not what they are by default, by name; of a secret one its digest."""
    data_dir: Path
    token: Secret
    public_endpoint: str | None = None
    """For others; None where none is announced."""
    fingerprint: str | None = None
    """SHA-256 of the certificate that others see."""
    version: str | None = None
    """Of its program; None where that is older than the first that says so."""
    was_started: bool = False
    """Whether it was started just now, rather than found."""


def default_data_dir() -> Path:
    """Where this user's cloud lives unless told otherwise."""
    return Path(platformdirs.user_data_dir("hathora-deploy", appauthor=False))


def find(data_dir: Path) -> RunningCloud | None:
    """The cloud that runs on a folder, if one does."""
    settings = CloudSettings(data_dir=data_dir)
    here = address.read(settings)
    # A cloud that was killed has left its address; another may hold the lock and not answer yet.
    if here is None or not _is_locked(settings) or not _is_alive(here.pid):
        return None
    return RunningCloud(
        endpoint=here.endpoint,
        pid=here.pid,
        started_at=here.started_at,
        runtime=here.runtime,
        settings=here.chosen,
        data_dir=data_dir,
        token=Secret(settings.token_file.read_text(encoding="utf-8").strip()),
        public_endpoint=here.public_endpoint,
        fingerprint=here.fingerprint,
        version=here.version,
    )


def was_killed(data_dir: Path) -> bool:
    """Whether the cloud of a folder ended without a word: what it ran may go on."""
    settings = CloudSettings(data_dir=data_dir)
    return address.read(settings) is not None and not _is_locked(settings)


def start(settings: CloudSettings, *, timeout: float = START_TIMEOUT) -> RunningCloud:
    """The cloud of a folder, started in the background unless it runs. Raises CloudStartError.

    One that runs with other settings than those that were chosen is left alone, and an error. One that was
    killed is started as it ran, but for what is chosen now: so it finds again what it has left running.
    """
    settings = replace(settings, data_dir=settings.data_dir.absolute())
    if settings.artifacts is not None:
        parse_location(settings.artifacts)
    if settings.database is not None:
        from hathora_deploy.cloud.state.postgresql import parse_url  # slow to import

        parse_url(settings.database)
    running = find(settings.data_dir)
    if running is not None:
        _require_same(running, settings)
        return running
    settings = _as_it_ran(settings)
    said_before = _size(settings.log_file)
    program = _spawn(settings)
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        running = find(settings.data_dir)
        if running is not None:
            if running.pid != program.pid:
                # Two starts at once: one program has won the lock, and the other is not to wait for it.
                program.terminate()
            return replace(running, was_started=running.pid == program.pid)
        if program.poll() is not None and not _is_locked(settings):
            raise _start_error(settings, said_before)
        time.sleep(_LOOK_SECONDS)
    _end(program)
    raise CloudStartError(
        f"the cloud did not answer within {timeout:g} s",
        hint=f"its log is {settings.log_file}; HATHORA_CLOUD_READY_TIMEOUT gives it longer",
    )


def _require_same(running: RunningCloud, settings: CloudSettings) -> None:
    runs_with = {"runtime": running.runtime, **running.settings}
    for name, wanted in described(settings).items():
        if name != "port" and runs_with.get(name) != wanted:
            option = next(each for each in setting_options() if each.name == name)
            has = "" if option.kind is Secret else f" {runs_with.get(name, option.default)}"
            raise CloudStartError(
                f"the cloud at {running.endpoint} runs already, with another {option.flag}{has}",
                hint="stop it first, with all that it runs: hathora-deploy cloud stop",
            )


def _as_it_ran(settings: CloudSettings) -> CloudSettings:
    """With the settings of a cloud that was killed here, where nobody chooses others.

    Raises CloudStartError for one of which only the digest was kept.
    """
    left = address.read(settings)
    if left is None:
        return settings
    before: dict[str, Any] = {}
    for option in setting_options():
        if option.name not in left.chosen or getattr(settings, option.name) != option.default:
            continue
        if option.kind is Secret:
            raise CloudStartError(
                f"the cloud of {settings.data_dir} was killed; it ran with another {option.flag}",
                hint=f"set {option.variable} as it was; or, to begin with the default:"
                " hathora-deploy cloud stop",
            )
        before[option.name] = option.parse(left.chosen[option.name])
    if settings.runtime == "auto":
        before["runtime"] = left.runtime
    return replace(settings, **before)


def stop(data_dir: Path, *, leaves_processes: bool = False) -> RunningCloud | None:
    """Stop the cloud of a folder, with all its processes unless it leaves them; None when none runs.

    Returns when it is gone. One that does not end by itself is killed. Of one that was killed it is forgotten
    how it ran.
    """
    running = find(data_dir)
    if running is None:
        settings = CloudSettings(data_dir=data_dir)
        if not _is_locked(settings):
            settings.address_file.unlink(missing_ok=True)
        return None
    with suppress(ProcessLookupError):  # somebody else has just stopped it
        os.kill(running.pid, address.LEAVE if leaves_processes else signal.SIGTERM)
    grace = float(running.settings.get("stop_grace", CloudSettings.stop_grace))
    if not _wait_for_end(running.pid, grace + _STOP_MARGIN):
        with suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGKILL)
        _wait_for_end(running.pid, _STOP_MARGIN)
    return running


def _end(program: subprocess.Popen[bytes]) -> None:
    """End a program that came to nothing: left running, it would hold the folder's lock."""
    # Players of what an earlier cloud has left are not to notice.
    program.send_signal(address.LEAVE)
    if not _wait_for_end(program.pid, CloudSettings.stop_grace):
        program.kill()


def _wait_for_end(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _spawn(settings: CloudSettings) -> subprocess.Popen[bytes]:
    try:
        private_files.make_folder(settings.data_dir)
        log = os.open(settings.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise UnusableFolder(settings.data_dir, error.strerror) from None
    try:
        program = subprocess.Popen(  # noqa: S603 - this very program
            [
                sys.executable,
                "-P",
                "-m",
                "hathora_deploy.cloud",
                f"--data-dir={settings.data_dir}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=to_environment(settings, os.environ),
            # Ctrl-C in the terminal that started it is not meant for it.
            start_new_session=True,
            cwd=settings.data_dir,
        )
    finally:
        os.close(log)
    # It outlives this call, and somebody has to be there when it ends.
    threading.Thread(target=program.wait, daemon=True, name="cloud reaper").start()
    return program


def _is_locked(settings: CloudSettings) -> bool:
    try:
        descriptor = os.open(settings.lock_file, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _is_alive(pid: int) -> bool:
    """Whether a program runs; one that has ended and that nobody has waited for does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _start_error(settings: CloudSettings, said_before: int) -> CloudStartError:
    """What the program in the background said before it gave up."""
    log = settings.log_file.read_bytes()
    begin = said_before if said_before <= len(log) else 0  # a shorter one has begun anew meanwhile
    lines = log[begin:].decode("utf-8", "replace").splitlines()
    hints = [line.removeprefix(HINT) for line in lines if line.startswith(HINT)]
    said = [line for line in lines if line and not line.startswith(HINT)][-_LOG_TAIL:]
    if not said and not shutil.disk_usage(settings.data_dir).free:
        return UnusableFolder(settings.data_dir, "its disk is full")
    return CloudStartError(
        f"the cloud did not start: {'; '.join(said) or 'it said nothing'}",
        hint=hints[-1] if hints else f"its log is {settings.log_file}",
    )
