"""Watches a game server and all that it started until the last has ended."""

# There is a keeper for each game server, and pathlib takes longer to load than all the rest of it.
# ruff: noqa: PTH123, PTH208

from __future__ import annotations

import os
import signal

_LOOK = 0.5
"""Seconds between two looks at the memory that no cgroup limits."""
_QUICK = 0.02
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Watch:
    """On Linux every descendant is found, because a keeper is the parent of whatever loses its own."""

    SIGNALS = frozenset({signal.SIGCHLD, signal.SIGTERM})
    """Blocked, and waited for. SIGTERM ends everything at once."""

    def __init__(self, leader: int, *, ledger: str, memory: int) -> None:
        self._leader = leader
        self._ledger = ledger
        self._memory = memory
        self._is_to_end = False
        self.code: int | None = None
        """Of the leader, once it has ended; that of a signal is negative."""
        self.ran_out_of_memory = False

    def until_leader_ends(self) -> None:
        while self.code is None:
            self._wait()
            self._reap()
            if self.code is None and self._memory and self._is_too_large():
                self.ran_out_of_memory = self._is_to_end = True
        if self.code != 0 and self._ledger and _ended_for_memory(self._ledger):
            self.ran_out_of_memory = True

    def until_all_end(self) -> None:
        """What is left ends by itself, or when SIGTERM comes."""
        while self._reap():
            self._wait()

    def _wait(self) -> None:
        if self._is_to_end:
            for pid in descendants(os.getpid()) or {self._leader} - {0}:
                _kill(pid)
            _next_signal(_QUICK)
        elif _next_signal(_LOOK if self._memory else None) == signal.SIGTERM:
            self._is_to_end = True

    def _reap(self) -> bool:
        """Whether there are children left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self._leader:
                self.code = os.waitstatus_to_exitcode(status)
                self._leader = 0

    def _is_too_large(self) -> bool:
        """Of what programs share each has its part; that takes longer to count, and is seldom asked."""
        pids = descendants(os.getpid())
        if sum(map(_resident, pids)) <= self._memory:
            return False
        return sum(map(_proportional, pids)) > self._memory


def _next_signal(seconds: float | None) -> int | None:
    if seconds is None or not hasattr(signal, "sigtimedwait"):
        return signal.sigwait(Watch.SIGNALS)
    found = signal.sigtimedwait(Watch.SIGNALS, seconds)
    return None if found is None else found.si_signo


def descendants(pid: int) -> set[int]:
    """All below a process, as far as the system tells."""
    found: set[int] = set()
    unread = [pid]
    while unread:
        parent = unread.pop()
        try:
            threads = os.listdir(f"/proc/{parent}/task")
        except OSError:  # it has just ended, or this is no Linux
            continue
        for thread in threads:
            children = {int(word) for word in _read(f"/proc/{parent}/task/{thread}/children")}
            unread += children - found
            found |= children
    return found


def _resident(pid: int) -> int:
    words = _read(f"/proc/{pid}/statm")
    return int(words[1]) * _PAGE if words else 0


def _proportional(pid: int) -> int:
    words = _read(f"/proc/{pid}/smaps_rollup")
    return int(words[words.index("Pss:") + 1]) * 1024 if "Pss:" in words else 0


def _ended_for_memory(ledger: str) -> bool:
    words = _read(ledger)
    return "oom_kill" in words and words[words.index("oom_kill") + 1] != "0"


def _read(path: str) -> list[str]:
    try:
        with open(path) as file:
            return file.read().split()
    except OSError:
        return []


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
