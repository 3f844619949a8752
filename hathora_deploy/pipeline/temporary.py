"""A private place for the archive, which does not stay, and what can go wrong with it."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hathora_deploy.pipeline.errors import ArchiveError

NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
"""Error numbers of a disk, or what one may use of it, that is full."""


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that does not stay, as one of tempfile would, if Ctrl-C comes as it is made or removed."""
    home = Path(_temporary(), f"hathora-deploy-{secrets.token_hex(8)}")
    try:
        try:
            home.mkdir(mode=0o700)
        except OSError as error:
            raise unwritable(error) from None
        yield home
    finally:
        try:
            shutil.rmtree(home, ignore_errors=True)
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise


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
