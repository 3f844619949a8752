"""Control groups: who belongs to a process, what all of it may use, and what it has used.

Root makes them under ``/sys/fs/cgroup``, of whichever version is mounted. A group outlives the cloud.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOUNT: Final = Path("/sys/fs/cgroup")
KEEPERS: Final = "keepers"
"""The group of those who keep the others: whatever ends the cloud does not end them."""
_OURS: Final = "hathora-deploy"
_PERIOD: Final = 100_000
"""Microseconds; within each a group has its share of cores."""
_PIDS: Final = 4096
_CONTROLLERS: Final = ("cpu", "memory", "pids")
_FIRST_VERSION: Final = ("memory", "cpu", "cpuacct", "pids")
_MIB: Final = 1 << 20
_NEW: Final = 600.0
"""Seconds."""
_POLL: Final = 0.02
_ROUNDS: Final = 250


@dataclass(frozen=True)
class Usage:
    """What a group uses."""

    cpu_seconds: float
    memory: int
    """Bytes, without the caches of files."""


@dataclass(frozen=True)
class Cgroup:
    """The group of one process. Its folders are several in the first version, one for each controller."""

    folders: tuple[Path, ...]
    is_unified: bool

    def exists(self) -> bool:
        return self.folders[0].is_dir()

    def make(self, *, cpu: float, memory_mb: int) -> bool:
        """Make it, with what limits the kernel takes; whether memory is among them. Raises OSError."""
        for folder in self.folders:
            folder.mkdir(parents=True, exist_ok=True)
        quota, memory = max(1000, int(cpu * _PERIOD)), memory_mb * _MIB
        if self.is_unified:
            self._set("cpu.max", f"{quota} {_PERIOD}")
            self._set("pids.max", _PIDS)
            self._set("memory.swap.max", 0)
            return self._set("memory.max", memory)
        self._set("cpu.cfs_period_us", _PERIOD)
        self._set("cpu.cfs_quota_us", quota)
        self._set("pids.max", _PIDS)
        is_limited = self._set("memory.limit_in_bytes", memory)
        self._set("memory.memsw.limit_in_bytes", memory)
        return is_limited

    @property
    def entrances(self) -> list[str]:
        """A program that writes its number to each of these files belongs to the group."""
        return [str(folder / "cgroup.procs") for folder in self.folders]

    @property
    def ledger(self) -> str:
        """The file that counts who was ended for want of memory."""
        name = "memory.events" if self.is_unified else "memory.oom_control"
        return str(self._file(name) or "")

    def pids(self) -> list[int]:
        return [int(pid) for pid in (self._read("cgroup.procs") or "").split()]

    def usage(self) -> Usage | None:
        """None when it is gone, or nobody counts."""
        if self.is_unified:
            time_used = _entry(self._read("cpu.stat"), "usage_usec")
            memory, cache = self._number("memory.current"), "inactive_file"
            cpu = None if time_used is None else time_used / 1e6
        else:
            nanoseconds = self._number("cpuacct.usage")
            memory, cache = self._number("memory.usage_in_bytes"), "total_inactive_file"
            cpu = None if nanoseconds is None else nanoseconds / 1e9
        if cpu is None or memory is None:
            return None
        return Usage(cpu, max(0, memory - (_entry(self._read("memory.stat"), cache) or 0)))

    def kill(self) -> None:
        """Kill all that is in it, and what is started meanwhile."""
        for _ in range(_ROUNDS):
            pids = self.pids()
            if not pids:
                return
            if not (self.is_unified and self._set("cgroup.kill", 1)):
                for pid in pids:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            time.sleep(_POLL)

    def remove(self) -> None:
        """Remove it once it is empty."""
        for folder in self.folders:
            for _ in range(_ROUNDS):
                if _is_removed(folder):
                    break
                time.sleep(_POLL)

    def _file(self, name: str) -> Path | None:
        return next((found for each in self.folders if (found := each / name).exists()), None)

    def _set(self, name: str, value: object) -> bool:
        file = self._file(name)
        with suppress(OSError):
            if file is not None:
                file.write_text(str(value))
                return True
        return False

    def _read(self, name: str) -> str | None:
        for folder in self.folders:
            with suppress(OSError):
                return (folder / name).read_text()
        return None

    def _number(self, name: str) -> int | None:
        text = self._read(name)
        return None if text is None else int(text)


@dataclass(frozen=True)
class Cgroups:
    """Where this machine has the groups of our processes."""

    folders: tuple[Path, ...]
    is_unified: bool

    def of(self, name: str) -> Cgroup:
        return Cgroup(tuple(folder / name for folder in self.folders), self.is_unified)


def find_cgroups(mount: Path = MOUNT) -> Cgroups | None:
    """None where this user may make none, or the system has none."""
    is_unified = (mount / "cgroup.controllers").exists()
    roots = [mount] if is_unified else list(_mounted(mount))
    if not roots or os.geteuid() != 0:
        return None
    found = Cgroups(tuple(root / _OURS for root in roots), is_unified)
    try:
        for root, folder in zip(roots, found.folders, strict=True):
            folder.mkdir(exist_ok=True)
            if is_unified:
                _hand_down(root)
                _hand_down(folder)
        for folder in found.of(KEEPERS).folders:
            folder.mkdir(exist_ok=True)
    except OSError:  # a container that shows them and lets nobody write
        return None
    for folder in found.folders:
        _sweep(folder)
    return found


def _is_removed(folder: Path) -> bool:
    """Remove a group; False while the last to end in it still counts."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _sweep(folder: Path) -> None:
    """Remove groups that clouds have left which came to no end. One that is new may be entered yet."""
    for group in folder.iterdir():
        with suppress(OSError):  # it is in use, or is a file
            if group.name != KEEPERS and time.time() - group.stat().st_mtime > _NEW:
                group.rmdir()


def _mounted(mount: Path) -> Iterator[Path]:
    for controller in _FIRST_VERSION:
        if (mount / controller / "cgroup.procs").exists():
            yield mount / controller


def _hand_down(folder: Path) -> None:
    for controller in _CONTROLLERS:
        with suppress(OSError):  # this kernel, or who is above us, does not have it
            (folder / "cgroup.subtree_control").write_text(f"+{controller}")


def _entry(text: str | None, name: str) -> int | None:
    for line in (text or "").splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return None
