"""Gives the beginning of a file back to the disk while somebody still writes to its end.

Offsets stay as they are, so whoever appends or reads notices nothing. Where the system cannot do
this, the file stays whole.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from typing import Any, Final

_KEEP_SIZE: Final = 0x01
_PUNCH_HOLE: Final = 0x02
_BLOCK: Final = 4096


def punch(file: int, end: int) -> None:
    """Free what stands before ``end``, down to a whole block. Raises OSError where that cannot be done."""
    length = end - end % _BLOCK
    if length <= 0:
        return
    if _fallocate()(file, _KEEP_SIZE | _PUNCH_HOLE, 0, length) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def next_byte(file: int, since: int) -> int:
    """Where the bytes begin that are kept, from an offset on; the end of a file that has none there."""
    # Taken before: what is written after the search found nothing is kept, and stands behind this end.
    end = os.fstat(file).st_size
    try:
        return os.lseek(file, since, os.SEEK_DATA)
    except OSError as error:
        return end if error.errno == errno.ENXIO else since


@cache
def _fallocate() -> Any:
    if sys.platform != "linux":
        raise OSError(0, "only Linux frees the beginning of a file")
    # The 64 says that offsets are, on machines of 32 bits too; musl knows only the plain name.
    library = ctypes.CDLL(None, use_errno=True)
    function = getattr(library, "fallocate64", None) or library.fallocate
    function.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return function
