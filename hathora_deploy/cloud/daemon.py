"""The cloud in the background: found, started and stopped by its folder."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import platformdirs

from hathora_deploy.cloud import address, private
from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.settings import DEFAULT_PORT, CloudSettings, RuntimeName
from hathora_deploy.secret import Secret

_START_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.02
_STOP_MARGIN: Final = 15.0
_LOG_TAIL: Final = 5


@dataclass(frozen=True)
class RunningCloud:
    """A cloud that answers."""

    endpoint: str
    pid: int
    started_at: datetime
    runtime: str
    data_dir: Path
    token: Secret
    was_started: bool = False
    """Whether it was started just now, rather than found."""


def default_data_dir() -> Path:
    """Where this user's cloud lives unless told otherwise."""
    return Path(platformdirs.user_data_dir("hathora-deploy", appauthor=False))


def find(data_dir: Path) -> RunningCloud | None:
    """The cloud that runs on a folder, if one does."""
    settings = CloudSettings(data_dir=data_dir)
    here = address.read(settings)
    if here is None or not _is_locked(settings):
        return None
    return RunningCloud(
        endpoint=here.endpoint,
        pid=here.pid,
        started_at=here.started_at,
        runtime=here.runtime,
        data_dir=data_dir,
        token=Secret(settings.token_file.read_text(encoding="utf-8").strip()),
    )


def start(
    data_dir: Path, *, runtime: RuntimeName = "auto", port: int = DEFAULT_PORT
) -> RunningCloud:
    """The cloud of a folder, started in the background unless it runs. Raises CloudStartError."""
    running = find(data_dir)
    if running is not None:
        return running
    settings = CloudSettings(data_dir=data_dir.absolute(), runtime=runtime, port=port)
    program = _spawn(settings)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        running = find(data_dir)
        if running is not None:
            # Two starts at once: one program wins the lock, and both find it.
            return replace(running, was_started=running.pid == program.pid)
        if program.poll() is not None and not _is_locked(settings):
            raise CloudStartError(
                f"the cloud did not start: {_last_words(settings)}",
                hint=f"its log is {settings.log_file}",
            )
        time.sleep(_LOOK_SECONDS)
    program.terminate()
    raise CloudStartError(
        f"the cloud did not answer within {_START_SECONDS:g} s",
        hint=f"its log is {settings.log_file}",
    )


def stop(data_dir: Path) -> RunningCloud | None:
    """Stop the cloud of a folder with all its processes; None when none runs.

    Returns when it is gone. One that does not end by itself is killed.
    """
    running = find(data_dir)
    if running is None:
        return None
    settings = CloudSettings(data_dir=data_dir)
    os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + settings.stop_grace + _STOP_MARGIN
    while _is_locked(settings):
        if time.monotonic() > deadline:
            os.kill(running.pid, signal.SIGKILL)
            deadline = float("inf")
        time.sleep(_LOOK_SECONDS)
    return running


def _spawn(settings: CloudSettings) -> subprocess.Popen[bytes]:
    try:
        private.make_folder(settings.data_dir)
        log = os.open(settings.log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    except OSError as error:
        raise CloudStartError(
            f"the cloud's folder {settings.data_dir} cannot be used: {error.strerror}",
            hint="see that it is yours and has room, or name another by --data-dir",
        ) from None
    try:
        return subprocess.Popen(  # noqa: S603 - this very program
            [
                sys.executable,
                "-P",
                "-m",
                "hathora_deploy.cloud",
                f"--data-dir={settings.data_dir}",
                f"--port={settings.port}",
                f"--runtime={settings.runtime}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C in the terminal that started it is not meant for it.
            start_new_session=True,
            cwd=settings.data_dir,
        )
    finally:
        os.close(log)


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


def _last_words(settings: CloudSettings) -> str:
    lines = settings.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
    return "; ".join(line for line in lines[-_LOG_TAIL:] if line) or "it said nothing"
