"""Files as multipart/form-data, read as they are sent: nothing holds a whole file."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import IO, Final

from hathora_deploy.client.errors import InvalidRequestError

_PIECE: Final = 1024 * 1024
_ESCAPES: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class Form:
    """A body of files. It can be sent again if every file can be put back where it stood."""

    def __init__(self, files: Mapping[str, IO[bytes]]) -> None:
        boundary = secrets.token_hex(16)
        self.media_type = f"multipart/form-data; boundary={boundary}"
        self._parts = [_Part(name, file, boundary) for name, file in files.items()]
        self._end = f"--{boundary}--\r\n".encode()

    @property
    def length(self) -> int | None:
        """Bytes of the whole body; None where that of a file cannot be known."""
        lengths = [part.length for part in self._parts]
        known = [length for length in lengths if length is not None]
        return sum(known) + len(self._end) if len(known) == len(lengths) else None

    @property
    def can_be_rewound(self) -> bool:
        return all(part.size is not None for part in self._parts)

    def pieces(self) -> Iterator[bytes]:
        """The body from its beginning. Raises InvalidRequestError when a file has become shorter."""
        for part in self._parts:
            yield part.head
            yield from part.content()
            yield b"\r\n"
        yield self._end


class _Part:
    def __init__(self, name: str, file: IO[bytes], boundary: str) -> None:
        path = getattr(file, "name", None)
        # That of a file without a name may be its descriptor.
        filename = PurePath(path).name if isinstance(path, str) else name
        self.head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="{name}"; '
            f'filename="{filename.translate(_ESCAPES)}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self._file, self._name = file, name
        self._lock = threading.Lock()
        self._start, self.size = _measured(file)

    @property
    def length(self) -> int | None:
        return None if self.size is None else len(self.head) + self.size + len(b"\r\n")

    def content(self) -> Iterator[bytes]:
        if self.size is None:
            while piece := self._file.read(_PIECE):
                yield piece
            return
        sent = 0
        while sent < self.size:
            with self._lock:
                # An attempt that nobody waits for any more may still be sending the same file.
                self._file.seek(self._start + sent)
                piece = self._file.read(min(_PIECE, self.size - sent))
            if not piece:
                raise InvalidRequestError(f"{self._name} became shorter while it was sent")
            sent += len(piece)
            yield piece


def _measured(file: IO[bytes]) -> tuple[int, int | None]:
    """Where a file stands, and the bytes that follow; None where it can only be read to its end."""
    try:
        start = file.tell()
        size = file.seek(0, os.SEEK_END) - start
        file.seek(start)
    except (OSError, AttributeError):  # a pipe, or an object that can only read
        return 0, None
    return start, size
