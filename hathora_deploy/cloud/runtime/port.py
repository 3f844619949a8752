"""What the cloud asks of a runtime. Each method may block; the cloud calls them from threads."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hathora_deploy.api.network import TransportType
from hathora_deploy.cloud.archive.inspection import InspectedArchive
from hathora_deploy.secret import Secret

BuildLog = Callable[[str], None]
"""Takes one line of a build's log, without its end."""


@dataclass(frozen=True)
class Artifact:
    """What a build leaves for processes to start from."""

    reference: str
    """Only the runtime reads it: a folder, an image."""
    size: int
    """Bytes."""


@dataclass(frozen=True)
class RegistryLogin:
    """Who pulls."""

    user: str
    password: Secret


@dataclass(frozen=True)
class RegistryImage:
    """An image of a registry."""

    repository: str
    """With the registry in front, unless it is Docker Hub: ``ghcr.io/studio/game``."""
    version: str
    """A tag or a digest."""
    login: RegistryLogin | None
    """None: as whom the engine's machine is logged in, if at all."""

    @property
    def reference(self) -> str:
        """``repository:tag`` or ``repository@digest``."""
        return f"{self.repository}{'@' if ':' in self.version else ':'}{self.version}"


@dataclass(frozen=True)
class PortBinding:
    """A port of the game server and the port of this machine that leads to it."""

    name: str
    container_port: int
    exposed_port: int
    transport_type: TransportType
    plain_port: int | None = None
    """Where TLS is ended before the game server: the port of this machine behind the exposed one."""
    is_private: bool = False
    """Whether only this machine is to reach it."""

    @property
    def protocol(self) -> str:
        """What travels: TLS is TCP underneath."""
        return "udp" if self.transport_type == TransportType.UDP else "tcp"

    @property
    def host_port(self) -> int:
        """The port of this machine that leads straight to the game server."""
        return self.exposed_port if self.plain_port is None else self.plain_port

    @property
    def numbers(self) -> tuple[int, ...]:
        """All that it takes of this machine's ports."""
        return tuple(dict.fromkeys((self.exposed_port, self.host_port)))

    @property
    def behind_tls(self) -> PortBinding:
        """The plain port, where TLS is ended before it."""
        if self.plain_port is None:
            return self
        return PortBinding(
            self.name, self.container_port, self.plain_port, TransportType.TCP, is_private=True
        )


@dataclass(frozen=True)
class ProcessSpec:
    """All that a runtime needs to start a process."""

    process_id: str
    app_id: str
    deployment_id: str
    artifact: str
    """The reference of the build's artifact."""
    env: Mapping[str, Secret]
    ports: tuple[PortBinding, ...]
    cpu: float
    """Cores."""
    memory_mb: int
    log: Path
    """Standard output and error are appended here, byte for byte."""


@dataclass(frozen=True)
class Exit:
    """How a process ended; neither code nor signal when nobody was there to see."""

    code: int | None = None
    signal: int | None = None
    out_of_memory: bool = False
    with_engine: bool = False
    """Whether it ended because the container engine did."""

    @property
    def is_clean(self) -> bool:
        return self.code == 0 and not self.with_engine

    def describe(self) -> str:
        """For people: ``exited with code 3``."""
        if self.out_of_memory:
            return "ran out of memory"
        if self.with_engine:
            return "ended with the Docker engine, which stopped or was started again"
        if self.signal is not None:
            try:
                name = signal.Signals(self.signal).name
            except ValueError:
                name = str(self.signal)
            return f"ended by signal {name}"
        if self.code is not None:
            return f"exited with code {self.code}"
        return "ended, and nobody saw how"


@dataclass(frozen=True)
class Observation:
    """A process as it is now."""

    exit: Exit | None
    """None while it runs."""
    bound: Mapping[str, int]
    """Port of this machine by port name, for each port that the game server listens on by now."""
    listening: Set[tuple[str, int]] = frozenset()
    """Protocol (``tcp`` or ``udp``) and number of each port that it has bound, expected or not."""


@dataclass(frozen=True)
class Measurement:
    """What a process and all it started use; None for what cannot be told."""

    cpu_seconds: float | None = None
    """Of all cores together, since it began."""
    memory: int | None = None
    """Bytes."""
    total_egress: int | None = None
    """Bytes that it has sent since it began."""
    active_connections: int | None = None
    """TCP connections to its ports. UDP has none, so without a TCP port it is None."""


class Runtime(Protocol):
    """Makes artifacts of archives and of images, and runs processes from them.

    A handle is text that the cloud stores: it must still find the process after the cloud restarts.
    """

    name: str
    shares_host_ports: bool
    """Whether a game server listens on this machine's own ports, so that two must not share one."""

    @property
    def site(self) -> str:
        """Where its artifacts and processes are: clouds whose runtimes have the same find each other's."""
        ...

    def artifact_of(self, root: Path, reference: str) -> str:
        """The reference of an artifact that a cloud of the same site has made under its own root."""
        ...

    def adopt(self, process_id: str, root: Path) -> None:
        """Look after a process that a cloud of the same site has started under its own root, and
        that does so no more."""
        ...

    def free_space(self) -> int | None:
        """Bytes free where it unpacks archives; None where that is another machine's."""
        ...

    def build(
        self, build_id: str, archive: InspectedArchive, log: BuildLog, cancelled: threading.Event
    ) -> Artifact:
        """Build an archive. Raises BuildFailed, or BuildCancelled soon after the event is set;
        either way nothing is left behind."""
        ...

    def pull(self, image: RegistryImage, log: BuildLog, cancelled: threading.Event) -> Artifact:
        """Pull an image. What is pushed to the registry afterwards does not change the artifact.

        Raises BuildFailed, or BuildCancelled soon after the event is set; either way nothing is
        left behind.
        """
        ...

    def discard(self, reference: str) -> None:
        """Remove an artifact that no process uses. Silent when it is gone already."""
        ...

    def prune(self, references: Set[str]) -> None:
        """Remove what builds of this cloud have left, but for these artifacts. None may be building."""
        ...

    def start(self, spec: ProcessSpec) -> str:
        """Start a process and return its handle. Raises ProcessStartFailed."""
        ...

    def observe(self, handle: str, spec: ProcessSpec, *, ports: bool = True) -> Observation:
        """Look at a process; without ``ports``, only at whether it runs, which is cheap."""
        ...

    def ended(self, handles: Collection[str]) -> Set[str]:
        """Those of many processes that have ended, told at once. The others are still to be observed."""
        ...

    def measure(self, handle: str, ports: Sequence[PortBinding]) -> Measurement:
        """What a process uses now; nothing is known of one that has ended."""
        ...

    def members(self, handle: str, pids: Set[int]) -> Set[int]:
        """Those of some programs of this machine that belong to a process, by their numbers."""
        ...

    def stop(self, handle: str, grace: float) -> None:
        """Ask a process to end, with all it started; after ``grace`` seconds, end it. Returns when it is gone."""
        ...

    def remove(self, handle: str) -> None:
        """Forget a process that has ended, with all that was kept for it."""
        ...

    def process_ids(self) -> Set[str]:
        """The id of every process of this cloud that is here, with a handle or not."""
        ...

    def clear(self, process_id: str) -> None:
        """End and remove all that is here of a process, by its id alone: its handle may be lost."""
        ...
