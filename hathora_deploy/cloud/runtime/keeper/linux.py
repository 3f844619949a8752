"""What Linux alone can do for a process: mounts of its own, rights it cannot get back, orphans that
come home. Raises OSError. Light to load: each game server's keeper loads it."""

# There is a keeper for each game server, and pathlib takes longer to load than all the rest of it.
# ruff: noqa: PTH123

from __future__ import annotations

import ctypes
import os
import sys
from typing import Final

IS_LINUX: Final = sys.platform == "linux"

_SET_PDEATHSIG: Final = 1
_SET_CHILD_SUBREAPER: Final = 36
_SET_NO_NEW_PRIVS: Final = 38

_CLONE_NEWNS: Final = 0x00020000
_CLONE_NEWUSER: Final = 0x10000000
_MS_REC: Final = 0x4000
_MS_SLAVE: Final = 0x80000

# Calls that came after the numbers of all processors were made the same.
_OPEN_TREE: Final = 428
_MOVE_MOUNT: Final = 429
_MOUNT_SETATTR: Final = 442
_HERE: Final = -100
_EMPTY_PATH: Final = 0x1000
_OPEN_TREE_CLONE: Final = 1
_MOVE_FROM_EMPTY_PATH: Final = 4
_IDMAPPED: Final = 0x00100000


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    )


_libc: Final = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, whatever session it made."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def end_with_parent(signal_number: int) -> None:
    """Be sent a signal when the parent ends."""
    _prctl(_SET_PDEATHSIG, signal_number)


def renounce_privileges() -> None:
    """Gain no rights any more, not even by programs that are setuid."""
    _prctl(_SET_NO_NEW_PRIVS, 1)


def leave_mounts() -> None:
    """Have mounts of one's own, which nobody else sees."""
    _call("unshare", _CLONE_NEWNS)
    _call("mount", None, b"/", None, _MS_REC | _MS_SLAVE, None)


def mount(kind: str, target: str, options: str) -> None:
    _call("mount", kind.encode(), os.fsencode(target), kind.encode(), 0, os.fsencode(options))


def open_mount(path: str) -> int:
    """A descriptor of what lies at a path, to be put somewhere else."""
    flags = _OPEN_TREE_CLONE | os.O_CLOEXEC
    return _call("syscall", _OPEN_TREE, _HERE, os.fsencode(path), flags)


def put_mount(descriptor: int, path: str) -> None:
    """Put what was opened at a path, and close the descriptor."""
    _call("syscall", _MOVE_MOUNT, descriptor, b"", _HERE, os.fsencode(path), _MOVE_FROM_EMPTY_PATH)
    os.close(descriptor)


def show_as_owned(descriptor: int, user: int) -> None:
    """Show the files of root in an open mount as those of another user; on the disk nothing changes."""
    namespace = _user_namespace(user)
    try:
        attributes = _MountAttributes(set=_IDMAPPED, user_namespace=namespace)
        size = ctypes.sizeof(attributes)
        reference = ctypes.byref(attributes)
        _call("syscall", _MOUNT_SETATTR, descriptor, b"", _EMPTY_PATH, reference, size)
    finally:
        os.close(namespace)


def _user_namespace(user: int) -> int:
    """A descriptor of one in which that user is root. It lives as long as the descriptor."""
    ready, child_says = os.pipe()
    child_waits, done = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _call("unshare", _CLONE_NEWUSER)
            os.write(child_says, b"+")
            os.close(done)
            os.read(child_waits, 1)
        finally:
            os._exit(0)
    try:
        os.close(child_says)
        if not os.read(ready, 1):
            raise PermissionError(1, "no user namespace can be made")
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{child}/{name}", "w") as mapping:
                mapping.write(f"0 {user} 1")
        return os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(done)
        os.close(child_waits)
        os.close(ready)
        os.waitpid(child, 0)


def _prctl(*arguments: int) -> None:
    _call("prctl", *arguments, *[0] * (5 - len(arguments)))


def _call(name: str, *arguments: object) -> int:
    result = int(getattr(_libc, name)(*arguments))
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
