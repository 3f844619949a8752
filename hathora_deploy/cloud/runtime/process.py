"""Runs builds as processes of this machine: its programs and its network, and of root's cloud users of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Collection, Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final, cast

from hathora_deploy import private_files
from hathora_deploy.cloud.archive.inspection import InspectedArchive
from hathora_deploy.cloud.errors import BuildFailed, ProcessStartFailed
from hathora_deploy.cloud.machine import identity
from hathora_deploy.cloud.runtime import host_build, host_usage
from hathora_deploy.cloud.runtime.cgroup import KEEPERS, Cgroup, find_cgroups
from hathora_deploy.cloud.runtime.command import ProgramError, host_command, host_environment
from hathora_deploy.cloud.runtime.family import MARK, Family, Handle, find_keeper, listening_ports
from hathora_deploy.cloud.runtime.image import files_of, host_path, read_image
from hathora_deploy.cloud.runtime.keeper import order as orders
from hathora_deploy.cloud.runtime.liveness import Liveness
from hathora_deploy.cloud.runtime.port import (
    Artifact,
    BuildLog,
    Measurement,
    Observation,
    PortBinding,
    ProcessSpec,
    RegistryImage,
)
from hathora_deploy.cloud.runtime.rights import Rights, RightsPolicy
from hathora_deploy.cloud.runtime.spawning import spawn
from hathora_deploy.cloud.runtime.view import (
    SEEN_FILES,
    SEEN_HOME,
    make_view,
    reach_of_python,
    users,
)

_MIB: Final = 1 << 20
_WITH_ALL_RIGHTS: Final = (
    "The process runtime gives no isolation: this build will run with all rights of your user."
)
_AS_ANOTHER_USER: Final = (
    "The process runtime gives little isolation: this build will run as a user of its own, with this "
    "machine's programs and network."
)


class ProcessRuntime:
    """Keeps all it makes under ``root``: artifacts of builds, and a folder for each process.

    Where a cloud of root's gives up rights, a process changes files in its own folder only. Else
    it changes those of the build, with all the other processes of it.
    """

    name = "process"
    shares_host_ports = True

    def __init__(self, root: Path, *, rights: RightsPolicy | None = None) -> None:
        self._artifacts = private_files.make_folder(
            private_files.make_folder(root) / "builds"
        ).resolve()
        self._processes = private_files.make_folder(root / "processes").resolve()
        drafts = root / "drafts"
        shutil.rmtree(drafts, ignore_errors=True)  # of a cloud that was killed
        self._drafts = private_files.make_folder(drafts).resolve()
        self._rights = rights
        self._reach = reach_of_python()
        self._cgroups = find_cgroups()
        self._naming = threading.Lock()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        """By handle: the keepers that this cloud started, and has to wait for."""
        self._keepers: Liveness[str] = Liveness(lambda handle: self._family(handle).keeper_pid())

    @property
    def site(self) -> str:
        return f"{self.name} {identity()}"

    def artifact_of(self, root: Path, reference: str) -> str:
        return str(root / "builds" / Path(reference).name)

    def adopt(self, process_id: str, root: Path) -> None:
        for folder in self._processes.iterdir():
            if folder.is_symlink() and not folder.exists():
                folder.unlink(missing_ok=True)  # it has gone back to its cloud, and ended there
        # Its keeper goes on in the other folder, and writes there how it ends.
        with suppress(FileExistsError):
            self._folder(process_id).symlink_to(root / "processes" / Path(process_id).name)

    def free_space(self) -> int:
        return shutil.disk_usage(self._drafts).free

    def build(
        self, build_id: str, archive: InspectedArchive, log: BuildLog, cancelled: threading.Event
    ) -> Artifact:
        log(_WITH_ALL_RIGHTS if self._rights is None else _AS_ANOTHER_USER)
        artifact = host_build.build(
            archive,
            drafts=self._drafts,
            artifacts=self._artifacts,
            environment=self._base_environment(),
            log=log,
            cancelled=cancelled,
        )
        log(f"Successfully built {build_id}")
        return artifact

    def pull(self, image: RegistryImage, log: BuildLog, cancelled: threading.Event) -> Artifact:
        raise BuildFailed(
            f"{image.reference} needs a container engine, and this machine's cloud runs without one",
            hint="install Docker, then start the cloud again; or upload an archive instead",
        )

    def discard(self, reference: str) -> None:
        shutil.rmtree(self._artifact(reference), ignore_errors=True)

    def prune(self, references: Set[str]) -> None:
        for folder in self._artifacts.iterdir():
            if folder.name not in references:
                self.discard(folder.name)

    def start(self, spec: ProcessSpec) -> str:
        folder = self._folder(spec.process_id)
        try:
            return self._start(spec, folder)
        except OSError as error:
            self._forget(spec.process_id)
            raise ProcessStartFailed(f"could not start: {error.strerror}") from None
        except BaseException:
            self._forget(spec.process_id)
            raise

    def observe(self, handle: str, spec: ProcessSpec, *, ports: bool = True) -> Observation:
        self._reap(handle)
        family = self._family(handle)
        if family.is_alive():
            listening = listening_ports(family.members()) if ports else set()
            return Observation(None, _bound(spec.ports, listening), listening)
        # As in a container: with the first process all others end.
        family.kill()
        return Observation(family.exit(), {})

    def ended(self, handles: Collection[str]) -> Set[str]:
        return self._keepers.ended(handles)

    def measure(self, handle: str, ports: Sequence[PortBinding]) -> Measurement:
        family = self._family(handle)
        if not family.has_members():
            return Measurement()
        numbers = {
            number
            for port in ports
            if port.protocol == "tcp"
            for number in (port.exposed_port, port.container_port)
        }
        return host_usage.measure(family.members, numbers, family.cgroup)

    def members(self, handle: str, pids: Set[int]) -> Set[int]:
        return {program.pid for program in self._family(handle).members()} & pids

    def stop(self, handle: str, grace: float) -> None:
        family = self._family(handle)
        if family.is_alive():
            family.stop(grace)
        else:
            family.kill()
        self._reap(handle)

    def remove(self, handle: str) -> None:
        family = self._family(handle)
        family.kill()
        child = self._children.pop(handle, None)
        if child is not None:
            child.wait()
        self._forget(family.handle.process_id)

    def process_ids(self) -> Set[str]:
        return {folder.name for folder in self._processes.iterdir()}

    def clear(self, process_id: str) -> None:
        self.remove(find_keeper(process_id).to_text())

    def _start(self, spec: ProcessSpec, folder: Path) -> str:
        artifact = self._artifact(spec.artifact)
        image, files = read_image(artifact), files_of(artifact)
        seen = files if self._rights is None else SEEN_FILES
        environment = {
            **self._base_environment(),
            **host_environment(image.environment, files, seen=seen),
            **{name: value.reveal() for name, value in spec.env.items()},
            MARK: spec.process_id,
        }
        if self._rights is not None:
            environment["PATH"] = self._passable(environment["PATH"])
        try:
            command = host_command(image, files, environment["PATH"], seen=seen)
        except ProgramError as error:
            raise ProcessStartFailed(error.problem, hint=error.hint) from None
        private_files.make_folder(folder)
        cgroup = self._cgroup(spec.process_id)
        is_limited = cgroup is not None and cgroup.make(cpu=spec.cpu, memory_mb=spec.memory_mb)
        rights, view = self._settle(folder, files)
        order: orders.Order = {
            "command": command,
            "environment": environment,
            "workdir": str(host_path(image.workdir, seen)),
            "ending": str(_ending(folder)),
            "keeper_entrances": self._cgroups.of(KEEPERS).entrances if self._cgroups else [],
            "entrances": cgroup.entrances if cgroup else [],
            "ledger": cgroup.ledger if cgroup else "",
            "watched_memory": 0 if is_limited else spec.memory_mb * _MIB,
            "view": view,
            "rights": cast("orders.Rights", asdict(rights)) if rights else None,
        }
        child = spawn(order, process_id=spec.process_id, folder=folder, log=spec.log)
        handle = Handle(child.pid, spec.process_id, image.stop_signal).to_text()
        self._children[handle] = child
        return handle

    def _settle(self, folder: Path, files: Path) -> tuple[Rights | None, orders.View | None]:
        if self._rights is None:
            return None, None
        with self._naming:  # two that start at once must not become the same user
            rights = self._rights.give(users(self._processes.iterdir()))
            return rights, make_view(folder, files, rights, self._reach)

    def _base_environment(self) -> dict[str, str]:
        """What any program may expect; nothing else of the cloud's own environment is handed on."""
        is_own = self._rights is not None
        return {
            "PATH": _search_path(),
            "HOME": str(SEEN_HOME if is_own else Path.home()),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "TMPDIR": "/tmp" if is_own else tempfile.gettempdir(),  # noqa: S108 - it has its own
        }

    def _passable(self, search_path: str) -> str:
        """The folders of a search path that a user who is not root can look into."""
        return os.pathsep.join(
            folder for folder in search_path.split(os.pathsep) if self._reach.includes(folder)
        )

    def _family(self, handle: str) -> Family:
        known = Handle.of_text(handle)
        cgroup = self._cgroup(known.process_id)
        is_grouped = cgroup is not None and cgroup.exists()
        return Family(
            known, _ending(self._folder(known.process_id)), cgroup if is_grouped else None
        )

    def _cgroup(self, process_id: str) -> Cgroup | None:
        return self._cgroups.of(process_id) if self._cgroups is not None else None

    def _reap(self, handle: str) -> None:
        child = self._children.get(handle)
        if child is not None:
            child.poll()

    def _forget(self, process_id: str) -> None:
        """Let go of all that was kept for a process that has ended."""
        cgroup = self._cgroup(process_id)
        if cgroup is not None:
            cgroup.remove()
        folder = self._folder(process_id)
        shutil.rmtree(folder.resolve(), ignore_errors=True)
        if folder.is_symlink():
            folder.unlink(missing_ok=True)  # it was adopted

    def _folder(self, process_id: str) -> Path:
        return self._processes / Path(process_id).name

    def _artifact(self, reference: str) -> Path:
        return self._artifacts / reference  # another cloud's says where it is


def _ending(folder: Path) -> Path:
    return folder / "ending"


def _bound(ports: Iterable[PortBinding], listening: set[tuple[str, int]]) -> dict[str, int]:
    bound: dict[str, int] = {}
    for port in ports:
        for number in (port.exposed_port, port.container_port):
            if (port.protocol, number) in listening:
                bound[port.name] = number
                break
    return bound


def _search_path() -> str:
    """This machine's programs and, last, the Python that this cloud runs on: `python3` is there."""
    own = str(Path(sys.executable).parent)
    return os.pathsep.join((os.environ.get("PATH") or os.defpath, own))
