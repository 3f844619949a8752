"""A private place for the archive, which does not stay, and what can go wrong with it."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from hathora_deploy.pipeline.errors import ArchiveError

NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
"""Error numbers of a disk, or what one may use of it, that is full."""


_NAME: Final = re.compile(r"hathora-deploy-[0-9a-f]{16}")
_OWNER: Final = "owner.db"
"""Locked while its program lives: the system lets go of a lock when a program is killed."""
_TRIES: Final = 3


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that does not stay, as one of tempfile would, if Ctrl-C comes as it is made or removed.

    Those that programs left here which were killed are removed, too.
    """
    with ExitStack() as folders:
        for _ in range(_TRIES):
            folder = folders.enter_context(_Folder.made(_temporary()))
            if folder.is_owned:
                _sweep(folder.home)
                break
        else:
            # Others sweep again and again, or nothing can be locked here: it goes by a name that nobody sweeps.
            folder = folders.enter_context(_Folder.made(_temporary(), mark="own-"))
        yield folder.home


def remove_leftovers() -> None:
    """Do so without a folder; that it cannot be done is no failure."""
    with suppress(ArchiveError), private_folder():
        pass


class _Folder:
    """``is_owned`` once others can see that somebody uses it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.is_owned = False
        self._lock: sqlite3.Connection | None = None

    @classmethod
    @contextmanager
    def made(cls, place: str, mark: str = "") -> Iterator[_Folder]:
        folder = cls(Path(place, f"hathora-deploy-{mark}{secrets.token_hex(8)}"))
        try:
            folder._make()
            yield folder
        finally:
            try:
                folder._remove()
            except BaseException:
                folder._remove()
                raise

    def _make(self) -> None:
        try:
            self.home.mkdir(mode=0o700)
        except OSError as error:
            raise unwritable(error) from None
        owner = self.home / _OWNER
        with suppress(OSError):
            owner.touch(mode=0o600)
        self._lock = _locked(owner)
        # Somebody who sweeps may have been quicker.
        self.is_owned = self._lock is not None and owner.exists()
        if not self.is_owned:
            with suppress(OSError):
                owner.unlink()

    def _remove(self) -> None:
        _remove(self.home)
        if self._lock is not None:
            self._lock.close()
        shutil.rmtree(self.home, ignore_errors=True)


def _locked(owner: Path) -> sqlite3.Connection | None:
    """The lock of a folder; None where somebody has it, or there is none."""
    try:
        lock = sqlite3.connect(
            f"{owner.absolute().as_uri()}?mode=rw", uri=True, timeout=0, check_same_thread=False
        )
    except sqlite3.Error:
        return None
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        lock.close()
        return None
    return lock


def _sweep(own: Path) -> None:
    """Remove the folders beside ``own`` that are the same user's, and whose programs are no more."""
    try:
        user = own.lstat().st_uid
        others = [each for each in own.parent.iterdir() if _NAME.fullmatch(each.name)]
    except OSError:
        return
    for each in others:
        with suppress(OSError):  # it is gone by now
            found = each.lstat()
            if each != own and stat.S_ISDIR(found.st_mode) and found.st_uid == user:
                _remove_unused(each)


def _remove_unused(home: Path) -> None:
    owner = home / _OWNER
    lock = _locked(owner)
    if lock is not None:
        _remove(home)
        # Whoever has just made the folder and waits for its lock sees by this that it is no more.
        with suppress(OSError):  # on Windows it goes with the rest
            owner.unlink()
        lock.close()
        shutil.rmtree(home, ignore_errors=True)


def _remove(home: Path) -> None:
    """All but what tells that it can be removed: so that a kill meanwhile leaves nothing for ever."""
    with suppress(OSError):
        for each in home.iterdir():
            if each.name != _OWNER:
                each.unlink()


def open_private(path: str, flags: int) -> int:
    """For ``open``: only its owner reads the file."""
    return os.open(path, flags, mode=0o600)


def unwritable(error: OSError) -> ArchiveError:
    """What to tell of a failure in the folder for temporary files."""
    where = tempfile.gettempdir()
    if error.errno in NO_ROOM:
        return ArchiveError(
            f"there is no room for the archive in {where}",
            hint="free some space, or set TMPDIR (TEMP on Windows) to a folder that has more",
        )
    return ArchiveError(f"the archive cannot be written in {where}: {error.strerror or error}")


def _temporary() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:  # it has tried to write in each of several
        raise ArchiveError(
            "there is no folder for temporary files that the archive can be written in",
            hint="set TMPDIR (TEMP on Windows) to a folder that is yours and has room",
        ) from None
