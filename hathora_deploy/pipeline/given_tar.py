"""The tar of an archive that was given: read once and strictly, from its beginning to its end."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from typing import IO, Any, Final, Self

from hathora_deploy.pipeline.digest import TarDigest

_PIECE: Final = 1 << 20


class Damage(Exception):
    """The bytes of an archive are not those of a tar."""


class Digested(io.RawIOBase):
    """A file whose bytes are counted, and go into a SHA-256, as they are read."""

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        """In hex."""
        return self._sha256.hexdigest()

    def readable(self) -> bool:
        return True

    def readinto(self, place: Any) -> int:
        count = self._file.readinto(place) or 0
        self._sha256.update(memoryview(place)[:count])
        self.size += count
        return count


class GivenTar:
    """What it is inflated from is read no faster than its members are asked for."""

    def __init__(self, inflated: IO[bytes]) -> None:
        self._inflated = inflated
        self._position = 0
        self._digest = TarDigest()

    @property
    def digest(self) -> str:
        """Of all of it, once there are no more members."""
        return self._digest.hex()

    def members(self) -> Iterator[tarfile.TarInfo]:
        """Each member, when what it holds may be read. Raises Damage, TarError."""
        tar = tarfile.TarFile(fileobj=self, tarinfo=_Member)  # type: ignore[arg-type]  # nothing is written
        while (member := tar.next()) is not None:
            # A million members need not stay in memory.
            tar.members.clear()  # type: ignore[attr-defined]  # typeshed omits it
            yield member
        while self.read(_PIECE):  # the checksum stands at the very end
            pass

    def read(self, size: int) -> bytes:
        """What comes next: for whoever was told of a member, what it holds. At most a mebibyte."""
        if not 0 <= size <= _PIECE:  # tarfile asks for what a broken header says
            raise Damage(f"there is a header of {size} bytes")
        data = self._inflated.read(size)
        self._digest.update(data)
        self._position += len(data)
        return data

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> None:
        """Only on: tarfile passes so over what was not read."""
        while self._position < position and self.read(min(position - self._position, _PIECE)):
            pass


class _Member(tarfile.TarInfo):
    """A member whose broken header is an error: tarfile takes it for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        if not buf:
            raise Damage("there is no end to the tar")
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not bytes(buf).strip(b"\0"):
                raise  # no header, but the zeros at the end
            raise Damage(str(error)) from None
