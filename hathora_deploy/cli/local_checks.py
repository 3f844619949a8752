"""The local cloud, and the Docker engine that it may build and run with, as a doctor looks at them."""

from __future__ import annotations

import os
import re
import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hathora_deploy import __version__
from hathora_deploy.pipeline.checks.disk import check_room
from hathora_deploy.pipeline.checks.finding import Finding

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud

CLOUD: Final = "local cloud"
DOCKER: Final = "Docker"
_TAIL: Final = 64 * 1024
_TROUBLE: Final = re.compile(r"^\d{4}-\S+ \S+ (?:WARNING|ERROR|CRITICAL) (.*)$", re.MULTILINE)
_COPIES: Final = 4
"""What the engine writes, by what is packed: the archive, the files unpacked, layers of them."""
_RUNTIME: Final = "HATHORA_CLOUD_RUNTIME"
_START: Final = "hathora-deploy cloud start"
_RESTART: Final = f"hathora-deploy cloud stop --keep-processes && {_START}"


def check_local_cloud(folder: Path, *, is_meant: bool) -> list[Finding]:
    """``is_meant`` where a deploy would go there. Starts nothing."""
    from hathora_deploy.cloud import daemon
    from hathora_deploy.cloud.settings import CloudSettings

    running = daemon.find(folder)
    if running is None:
        what = f"none runs on {folder}"
        if not is_meant:
            return [Finding.ok(CLOUD, f"{what}, and none is needed")]
        return [Finding.warning(CLOUD, f"{what}: a deploy starts it", _START)]
    if not is_meant:
        return [Finding.ok(CLOUD, f"runs at {running.endpoint}, and is not what is deployed to")]
    return [_version(running), *_troubles(CloudSettings(data_dir=folder).log_file)]


def check_engine(*, packed: int, is_meant: bool) -> list[Finding]:
    """The engine, and the disk that it writes to; ``packed`` are the bytes of the folder."""
    from hathora_deploy.cloud.runtime.engine import find_engine, open_client

    url = find_engine()
    if not is_meant:
        answers = "no engine answers" if url is None else "an engine answers"
        return [Finding.ok(DOCKER, f"{answers}, and none is needed: the cloud builds")]
    if url is None:
        return [_absent()]
    client = open_client(url)
    try:
        info: dict[str, Any] = client.info()
    finally:
        client.close()
    version = info.get("ServerVersion", "of an unknown version")
    if info.get("OSType") == "windows":
        what = f"{version} runs Windows containers: game servers are for Linux"
        return [Finding.problem(DOCKER, what, "DockerCli -SwitchLinuxEngine")]
    found = [Finding.ok(DOCKER, f"the engine answers: {version}")]
    root = Path(info.get("DockerRootDir") or "/nowhere")
    # Of an engine elsewhere, or in a virtual machine, the disk is not this machine's.
    with suppress(OSError):
        if url.startswith("unix://") and root.exists():
            room = check_room(
                "where Docker keeps images",
                root,
                needed=packed * _COPIES,
                fix="docker system prune",
            )
            found.append(room)
    return found


def _version(running: RunningCloud) -> Finding:
    what = f"runs at {running.endpoint}, runtime {running.runtime}"
    if running.version == __version__:
        return Finding.ok(CLOUD, f"{what}, version {__version__}")
    version = running.version or "an older version"
    return Finding.warning(CLOUD, f"{what}, and is {version}; this is {__version__}", _RESTART)


def _troubles(log: Path) -> list[Finding]:
    """What the log of the cloud warns of, since it was started."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError as error:
        what = f"its log {log} cannot be read: {error.strerror}"
        return [Finding.warning(CLOUD, what, f"ls -l {shlex.quote(str(log))}")]
    found = _TROUBLE.findall(text)
    if not found:
        return []
    what = f"its log has {len(found)} warnings, the last: {found[-1]}"
    return [Finding.warning(CLOUD, what, f"tail -n 50 {shlex.quote(str(log))}")]


def _absent() -> Finding:
    why, fix = _why_absent()
    if os.environ.get(_RUNTIME) == "docker":
        return Finding.problem(DOCKER, f"{why}, and {_RUNTIME} asks for one", fix)
    what = f"{why}: game servers run as programs of this machine, without isolation"
    return Finding.warning(DOCKER, what, fix)


def _why_absent() -> tuple[str, str]:
    """Why there is no engine, and what mends that."""
    if os.environ.get("DOCKER_HOST"):
        return "no engine answers where DOCKER_HOST points", "unset DOCKER_HOST"
    place = Path("/var/run/docker.sock")
    if place.exists() and not os.access(place, os.W_OK):
        return f"you may not use the engine behind {place}", 'sudo usermod -aG docker "$USER"'
    return "no engine answers", "sudo systemctl start docker"
