"""Runs builds as processes of this machine, for development: no isolation, and no limits are kept."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence, Set
from pathlib import Path

import psutil

from hathora_deploy.cloud import private
from hathora_deploy.cloud.archive.inspection import InspectedArchive
from hathora_deploy.cloud.errors import BuildFailed, ProcessStartFailed
from hathora_deploy.cloud.runtime import host_usage
from hathora_deploy.cloud.runtime.assembly import assemble
from hathora_deploy.cloud.runtime.command import ProgramError, host_command, host_environment
from hathora_deploy.cloud.runtime.copying import Copying
from hathora_deploy.cloud.runtime.family import MARK, Family, kill_marked, listening_ports, marks
from hathora_deploy.cloud.runtime.image import Image, files_of, read_image, write_image
from hathora_deploy.cloud.runtime.port import (
    Artifact,
    BuildLog,
    Exit,
    Measurement,
    Observation,
    PortBinding,
    ProcessSpec,
    RegistryImage,
)
from hathora_deploy.cloud.runtime.unpack import unpack
from hathora_deploy.dockerfile import Dockerfile, DockerfileError, parse


class ProcessRuntime:
    """Keeps all it makes under ``root``; a build's files are shared by all of its processes."""

    name = "process"
    shares_host_ports = True

    def __init__(self, root: Path) -> None:
        self._artifacts = private.make_folder(private.make_folder(root) / "builds").resolve()
        drafts = root / "drafts"
        shutil.rmtree(drafts, ignore_errors=True)  # of a cloud that was killed
        self._drafts = private.make_folder(drafts).resolve()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        """By handle: those that this cloud started, and whose exit it alone can see."""

    def free_space(self) -> int:
        return shutil.disk_usage(self._drafts).free

    def build(
        self, build_id: str, archive: InspectedArchive, log: BuildLog, cancelled: threading.Event
    ) -> Artifact:
        log(
            "The process runtime gives no isolation: this build will run with all rights of your user."
        )
        draft = Path(tempfile.mkdtemp(dir=self._drafts))
        try:
            context = private.make_folder(draft / "context")
            unpack(archive, context, cancelled=cancelled)
            dockerfile = _read_dockerfile(context)
            artifact = private.make_folder(draft / "artifact")
            files = private.make_folder(files_of(artifact))
            image = assemble(dockerfile.final_stage, Copying(context, files, cancelled), log)
            _check_program(image, files, log)
            write_image(image, artifact)
            size = _size(files)
            log(f"Successfully built {build_id}")
            artifact.rename(self._artifacts / draft.name)
            return Artifact(draft.name, size)
        except OSError as error:
            raise _build_failure(error) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def pull(self, image: RegistryImage, log: BuildLog, cancelled: threading.Event) -> Artifact:
        raise BuildFailed(
            f"{image.reference} needs a container engine, and this machine's cloud runs without one",
            hint="install Docker, then start the cloud again; or upload an archive instead",
        )

    def discard(self, reference: str) -> None:
        shutil.rmtree(self._artifact(reference), ignore_errors=True)

    def start(self, spec: ProcessSpec) -> str:
        artifact = self._artifact(spec.artifact)
        image, files = read_image(artifact), files_of(artifact)
        variables = {name: value.reveal() for name, value in spec.env.items()}
        environment = {
            **_base_environment(),
            **host_environment(image.environment, files),
            **variables,
            MARK: spec.process_id,
        }
        try:
            command = host_command(image, files, environment["PATH"])
        except ProgramError as error:
            raise ProcessStartFailed(error.problem, hint=error.hint) from None
        child = _spawn(command, image.host_workdir(files), environment, spec.log)
        try:
            created = psutil.Process(child.pid).create_time()
        except psutil.Error:  # reaped by nobody but us, so this is a machine without /proc
            child.kill()
            child.wait()
            raise ProcessStartFailed("this machine does not show its processes") from None
        handle = Family(child.pid, created, spec.process_id, image.stop_signal).to_handle()
        self._children[handle] = child
        return handle

    def observe(self, handle: str, spec: ProcessSpec, *, ports: bool = True) -> Observation:
        family = Family.of_handle(handle)
        child = self._children.get(handle)
        code = child.poll() if child is not None else None
        if (child is not None and code is None) or (child is None and family.is_alive()):
            listening = listening_ports(family.members()) if ports else set()
            return Observation(None, _bound(spec.ports, listening), listening)
        # As in a container: with the first process all others end.
        family.kill()
        if code is None:
            return Observation(Exit(), {})
        return Observation(Exit(signal=-code) if code < 0 else Exit(code=code), {})

    def measure(self, handle: str, ports: Sequence[PortBinding]) -> Measurement:
        members = Family.of_handle(handle).members()
        numbers = {
            number
            for port in ports
            if port.protocol == "tcp"
            for number in (port.exposed_port, port.container_port)
        }
        return host_usage.measure(members, numbers) if members else Measurement()

    def stop(self, handle: str, grace: float) -> None:
        family = Family.of_handle(handle)
        family.stop(grace)
        child = self._children.get(handle)
        if child is not None:
            child.wait()

    def remove(self, handle: str) -> None:
        family = Family.of_handle(handle)
        family.kill()
        child = self._children.pop(handle, None)
        if child is not None:
            child.wait()

    def process_ids(self) -> Set[str]:
        return marks()

    def clear(self, process_id: str) -> None:
        kill_marked(process_id)

    def _artifact(self, reference: str) -> Path:
        return self._artifacts / Path(reference).name


def _read_dockerfile(context: Path) -> Dockerfile:
    try:
        text = (context / "Dockerfile").read_text("utf-8", errors="replace")
        return parse(text, environment=_base_environment())
    except DockerfileError as error:
        raise BuildFailed(error.message, hint=error.hint) from error


def _check_program(image: Image, files: Path, log: BuildLog) -> None:
    search_path = host_environment(image.environment, files).get("PATH", _search_path())
    try:
        host_command(image, files, search_path)
    except ProgramError as error:
        if error.is_final:
            raise BuildFailed(error.problem, hint=error.hint) from None
        log(f" ---> {error.problem}: processes cannot start yet ({error.hint})")


def _spawn(
    command: list[str], workdir: Path, environment: dict[str, str], log: Path
) -> subprocess.Popen[bytes]:
    try:
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            return subprocess.Popen(  # noqa: S603 - to run what was deployed is the purpose
                command,
                cwd=workdir,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        finally:
            os.close(output)
    except (OSError, ValueError) as error:
        raise _start_failure(error, command[0], workdir) from None


def _start_failure(error: OSError | ValueError, program: str, workdir: Path) -> ProcessStartFailed:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.ENOEXEC:
        return ProcessStartFailed(
            f"{program} is no program for this machine",
            hint="build it for this system and processor; a script begins with #! and its interpreter",
        )
    if code == errno.ENOENT and Path(program).exists() and workdir.is_dir():
        return ProcessStartFailed(
            f"what {program} runs on is missing on this machine: the interpreter or loader it names",
            hint="install it, or use Docker and a base image that has it",
        )
    reason = error.strerror if isinstance(error, OSError) else "a variable holds a zero byte"
    return ProcessStartFailed(f"{program} cannot be started: {reason}")


def _bound(ports: Iterable[PortBinding], listening: set[tuple[str, int]]) -> dict[str, int]:
    bound: dict[str, int] = {}
    for port in ports:
        for number in (port.exposed_port, port.container_port):
            if (port.protocol, number) in listening:
                bound[port.name] = number
                break
    return bound


def _base_environment() -> dict[str, str]:
    """What any program may expect; nothing else of the cloud's own environment is handed on."""
    base = {
        "PATH": _search_path(),
        "HOME": str(Path.home()),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
    }
    return base | {"TMPDIR": tempfile.gettempdir()}


def _search_path() -> str:
    """This machine's programs and, last, the Python that this cloud runs on: `python3` is there."""
    own = str(Path(sys.executable).parent)
    return os.pathsep.join((os.environ.get("PATH") or os.defpath, own))


def _build_failure(error: OSError) -> BuildFailed:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BuildFailed(
            "the disk is full: the build does not fit",
            hint="free some space, or delete builds you no longer need",
        )
    place = f": {Path(error.filename).name!r}" if isinstance(error.filename, str) else ""
    return BuildFailed(f"the build cannot be put together: {error.strerror}{place}")


def _size(files: Path) -> int:
    return sum(
        (Path(folder) / name).lstat().st_size
        for folder, _, names in os.walk(files)
        for name in names
    )
