"""This machine, as far as the cloud may use it."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_MIB: Final = 1 << 20
_IDENTITIES: Final = (Path("/proc/sys/kernel/random/boot_id"), Path("/etc/machine-id"))
"""The last that there is counts: it says more."""
_CGROUP: Final = Path("/sys/fs/cgroup")
_NVIDIA: Final = Path("/proc/driver/nvidia/gpus")


@dataclass(frozen=True)
class Machine:
    """What there is to run processes on."""

    host: str
    vcpus: float
    """Cores; a container may have been given a part of one."""
    memory_mb: int
    gpus: int | None
    """None where the system does not say."""


def this_machine() -> Machine:
    """Its figures now: they may be changed while it runs."""
    memory = min(psutil.virtual_memory().total, _memory_limit() or sys.maxsize)
    return Machine(
        host=socket.gethostname(), vcpus=_vcpus(), memory_mb=memory // _MIB, gpus=_gpus()
    )


def identity() -> str:
    """The same for all programs that see the same files and processes, and also after a restart."""
    known = "-"
    for file in _IDENTITIES:
        with suppress(OSError):
            known = file.read_text("ascii").strip() or known
    # A container has files and processes of its own.
    namespace = ""
    with suppress(OSError):
        namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - what it names is no path
    return f"{socket.gethostname()} {known} {namespace}".strip()


def _vcpus() -> float:
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return min(float(cores), _cpu_limit() or float(cores))


def _cpu_limit() -> float | None:
    """Cores that the container around this cloud is limited to."""
    with suppress(OSError, ValueError):
        quota, period = (_CGROUP / "cpu.max").read_text().split()
        return int(quota) / int(period)
    with suppress(OSError, ValueError, ZeroDivisionError):  # the first version of cgroups
        whole = int((_CGROUP / "cpu" / "cpu.cfs_period_us").read_text())
        share = int((_CGROUP / "cpu" / "cpu.cfs_quota_us").read_text())
        return share / whole if share > 0 else None
    return None


def _memory_limit() -> int | None:
    """Bytes that the container around this cloud is limited to."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            return int((_CGROUP / name).read_text())
    return None


def _gpus() -> int | None:
    if sys.platform != "linux":
        return None
    return len(list(_NVIDIA.iterdir())) if _NVIDIA.is_dir() else 0
