"""The headers of a tar, as strictly as POSIX has them: what programs read differently is malformed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

BLOCK: Final = 512
END: Final = bytes(BLOCK)

_USTAR: Final = b"ustar\0"
_STAR: Final = b"tar\0"
_OCTAL: Final = re.compile(rb"[\0 ]*([0-7]*)[\0 ]*")
_BLANK_CHECKSUM: Final = 8 * ord(" ")
_RECORDS: Final = 200
"""Of one PAX header; honest ones have ten."""


class Malformed(Exception):
    """A header that cannot be read; its text says why."""


class Header(NamedTuple):
    """One header, as it is written."""

    name: bytes
    type: bytes
    size: int
    mode: int
    mtime: int
    target: bytes


def decode(block: bytes) -> Header:
    """The header in a block. Raises Malformed."""
    stored = _number(block[148:156], "checksum")
    if stored != _checksum(block) and stored != _signed_checksum(block):
        raise Malformed("its checksum is wrong")
    name = _text(block[0:100])
    if block[257:263] == _USTAR:
        # Star keeps times where others have the end of the prefix.
        prefix = _text(block[345:476] if block[508:512] == _STAR else block[345:500])
        name = prefix + b"/" + name if prefix else name
    return Header(
        name=name,
        type=block[156:157],
        size=_number(block[124:136], "size"),
        mode=_number(block[100:108], "mode"),
        mtime=_number(block[136:148], "time", is_signed=True),
        target=_text(block[157:257]),
    )


def decode_records(data: bytes) -> Mapping[bytes, bytes]:
    """The records of a PAX header. Raises Malformed."""
    records: dict[bytes, bytes] = {}
    at = 0
    while at < len(data):
        if len(records) == _RECORDS:
            raise Malformed(f"its PAX header has over {_RECORDS} records")
        space = data.find(b" ", at, at + 8)
        digits = data[at : max(space, at)]
        end = at + int(digits) if digits.isdigit() else at
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if not space < end <= len(data) or data[end - 1 : end] != b"\n" or not key or not equals:
            raise Malformed("its PAX header has a record without form")
        if b"\0" in key or key in records:
            raise Malformed("its PAX header names a record twice, or with a zero in it")
        records[key] = value
        at = end
    return records


def _number(field: bytes, what: str, *, is_signed: bool = False) -> int:
    """Octal digits, or GNU's binary form."""
    if octal := _OCTAL.fullmatch(field):
        return int(octal[1] or b"0", 8)
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    if is_signed and field[0] == 0xFF:
        return int.from_bytes(field, "big", signed=True)
    raise Malformed(f"its {what} is no number")


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _checksum(block: bytes) -> int:
    return sum(block) - sum(block[148:156]) + _BLANK_CHECKSUM


def _signed_checksum(block: bytes) -> int:
    """As some programs of old reckon it."""
    high = sum(byte > 127 for byte in block[:148]) + sum(byte > 127 for byte in block[156:])
    return _checksum(block) - 256 * high
