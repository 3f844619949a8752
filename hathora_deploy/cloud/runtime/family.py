"""A host process and all that it started: who belongs to it, what ports it listens on, how it ends."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Final

import psutil

MARK: Final = "HATHORA_PROCESS_ID"
"""The variable by which a process is known as one of ours, also when its parents are gone."""
_CLOCK_STEP: Final = 5.0
"""Seconds by which the system may change its mind about when a process began."""
_POLL: Final = 0.02
_KILL_ROUNDS: Final = 250


@dataclass(frozen=True)
class Family:
    """The process that was started, by which its descendants are found."""

    pid: int
    """Also the number of its session."""
    created: float
    """Unix seconds: another process may get the same number later."""
    process_id: str
    stop_signal: int

    def to_handle(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def of_handle(cls, handle: str) -> Family:
        return cls(**json.loads(handle))

    def is_alive(self) -> bool:
        """Whether the process that was started still runs."""
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            is_same = abs(process.create_time() - self.created) < _CLOCK_STEP
            return is_same and process.status() != psutil.STATUS_ZOMBIE
        return False

    def members(self) -> list[psutil.Process]:
        """The process, those in its session, and those it started; none when it has ended."""
        if not self.is_alive():
            return []
        found: set[psutil.Process] = set()
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            found = {process, *process.children(recursive=True)}
        for pid in psutil.pids():
            with suppress(psutil.Error, OSError):
                if os.getsid(pid) == self.pid:
                    found.add(psutil.Process(pid))
        return list(found)

    def marked(self) -> list[psutil.Process]:
        """Every process that was given this one's id, wherever it has gone since."""
        return [process for process, mark in _marked() if mark == self.process_id]

    def stop(self, grace: float) -> None:
        """Ask every member to end, and kill those that have not after ``grace`` seconds."""
        members = {*self.members(), *self.marked()}
        for process in members:
            with suppress(psutil.Error):
                process.send_signal(self.stop_signal)
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline and any(map(_runs, members)):
            time.sleep(_POLL)
        self.kill(members)

    def kill(self, known: Iterable[psutil.Process] = ()) -> None:
        """Kill every member, and those that were started meanwhile."""
        _kill(lambda: {*known, *self.members(), *self.marked()})


def marks() -> set[str]:
    """The id of every process of this machine that was given one."""
    return {mark for _, mark in _marked()}


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


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
