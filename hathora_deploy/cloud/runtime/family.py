"""A game server of the process runtime with all that it started: who belongs to it, how it ends."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from hathora_deploy.cloud.runtime.cgroup import Cgroup
from hathora_deploy.cloud.runtime.keeper.watch import descendants
from hathora_deploy.cloud.runtime.port import Exit

MARK: Final = "HATHORA_PROCESS_ID"
"""The variable by which a process is known as one of ours, also when nobody keeps it any more."""
_POLL: Final = 0.02
_KILL_ROUNDS: Final = 250


@dataclass(frozen=True)
class Handle:
    """What the cloud remembers of a process."""

    keeper: int
    """The number of its keeper, which may be another program's by now."""
    process_id: str
    stop_signal: int

    def to_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def of_text(cls, text: str) -> Handle:
        fields = json.loads(text)
        # Before there were keepers, another number stood in its place.
        return cls(fields.get("keeper", 0), fields["process_id"], fields["stop_signal"])


@dataclass(frozen=True)
class Family:
    """The programs of one process. Without a cgroup they are those that descend from its keeper."""

    handle: Handle
    ending: Path
    """Where the keeper writes how it ended; blank until then."""
    cgroup: Cgroup | None

    def is_alive(self) -> bool:
        """Whether the program that was started still runs."""
        return not self._ending() and self._keeper() is not None

    def has_members(self) -> bool:
        """Whether anything of it runs, told as cheaply as can be."""
        return bool(self.cgroup.pids()) if self.cgroup is not None else self.is_alive()

    def keeper_pid(self) -> int | None:
        """The number of the keeper, if it lives."""
        keeper = self._keeper()
        return None if keeper is None else int(keeper.pid)

    def exit(self) -> Exit:
        """How it ended; the fields are empty when its keeper was killed."""
        words = self._ending().split()
        if len(words) != 2:
            return Exit()
        code, out_of_memory = int(words[0]), words[1] == "1"
        if code < 0:
            return Exit(signal=-code, out_of_memory=out_of_memory)
        return Exit(code=code, out_of_memory=out_of_memory)

    def members(self) -> list[psutil.Process]:
        """All of them that run now."""
        if self.cgroup is not None:
            pids: Iterable[int] = self.cgroup.pids()
        elif (keeper := self._keeper()) is None:
            return [process for process, mark in _marked() if mark == self.handle.process_id]
        elif psutil.LINUX:
            pids = descendants(keeper.pid)
        else:
            with suppress(psutil.Error):
                return list(keeper.children(recursive=True))
            return []
        found = []
        for pid in pids:
            with suppress(psutil.Error):
                found.append(psutil.Process(pid))
        return found

    def stop(self, grace: float) -> None:
        """Ask every member to end, and kill those that have not after ``grace`` seconds."""
        members = self.members()
        for process in members:
            with suppress(psutil.Error):
                process.send_signal(self.handle.stop_signal)
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline and any(map(_runs, members)):
            time.sleep(_POLL)
        self.kill()

    def kill(self) -> None:
        """Kill every member, and those that are started meanwhile; then the keeper is gone, too."""
        keeper = self._keeper()
        if self.cgroup is not None:
            self.cgroup.kill()
        if keeper is not None:
            with suppress(psutil.Error):
                keeper.send_signal(signal.SIGTERM)
            _wait_for(keeper)
        if self.cgroup is None:
            kill_marked(self.handle.process_id)

    def _ending(self) -> str:
        with suppress(OSError):
            return self.ending.read_text().strip()
        return ""

    def _keeper(self) -> psutil.Process | None:
        with suppress(psutil.Error):
            process = psutil.Process(self.handle.keeper)
            if process.cmdline()[-1:] == [self.handle.process_id] and _runs(process):
                return process
        return None


def find_keeper(process_id: str) -> Handle:
    """The handle of a process of which nothing but the id is known. Its stop signal is the usual one."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = process.cmdline()
            if words[-1:] == [process_id] and "-c" in words:
                return Handle(process.pid, process_id, signal.SIGTERM)
    return Handle(0, process_id, signal.SIGTERM)


def kill_marked(process_id: str) -> None:
    """Kill every process that was given this id, and those that were started meanwhile."""
    _kill(lambda: {process for process, mark in _marked() if mark == process_id})


def listening_ports(processes: Iterable[psutil.Process]) -> set[tuple[str, int]]:
    """Protocol (``tcp`` or ``udp``) and number of each port that the processes listen on."""
    ports: set[tuple[str, int]] = set()
    for process in processes:
        with suppress(psutil.Error):
            for connection in process.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    ports.add(("tcp", connection.laddr.port))
            for connection in process.net_connections("udp"):
                # The address is an empty tuple while a socket has none.
                ports.add(("udp", getattr(connection.laddr, "port", 0)))
    return ports


def _marked() -> Iterator[tuple[psutil.Process, str]]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            mark = process.environ().get(MARK)
            if mark and process.pid != os.getpid():
                yield process, mark


def _kill(find: Callable[[], Iterable[psutil.Process]]) -> None:
    for _ in range(_KILL_ROUNDS):
        running = [process for process in find() if _runs(process)]
        if not running:
            return
        for process in running:
            with suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        time.sleep(_POLL)


def _wait_for(keeper: psutil.Process) -> None:
    for _ in range(_KILL_ROUNDS):
        if not _runs(keeper):
            return
        time.sleep(_POLL)
    with suppress(psutil.Error):
        keeper.kill()


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
