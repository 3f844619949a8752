"""An archive that somebody has made already: used as it is, once it is known to be whole."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.context import DOCKERFILE
from hathora_deploy.pipeline.errors import ContextError

_SUFFIXES: Final = (".tgz", ".tar.gz")
_MAX_DOCKERFILE: Final = 1 << 20
_PIECE: Final = 1 << 20


@dataclass(frozen=True)
class GivenArchive:
    """An archive, the text of its Dockerfile, and how many files it holds, of ``size`` bytes."""

    archive: Archive
    dockerfile: str
    files: int
    size: int


def is_archive(path: Path) -> bool:
    """Whether it is a file that is named as archives are."""
    return path.name.lower().endswith(_SUFFIXES) and path.is_file()


def read_archive(path: Path) -> GivenArchive:
    """Read all of an archive. Raises ContextError unless it is whole and has its Dockerfile at its root."""
    from isal import igzip, isal_zlib

    broken: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # its stub has an instance
    damages = (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, broken, _Damage)
    files = size = 0
    dockerfile: bytes | None = None
    try:
        archive = Archive.of(path)
        with igzip.open(path, "rb") as inflated:  # type: ignore[no-untyped-call]  # it has no stub
            for member, tar in _members(inflated):
                files += not member.isdir()
                size += member.size
                if member.isreg() and member.name.removeprefix("./") == DOCKERFILE:
                    dockerfile = _content(member, tar)
    except damages as error:
        raise ContextError(
            f"{path} is damaged or cut short: {error}",
            hint="make it again; `hathora-deploy package` does, and `tar -tzf` shows whether it is whole",
        ) from None
    except OSError as error:
        raise ContextError(f"{path} cannot be read: {error.strerror or error}") from None
    if dockerfile is None:
        raise ContextError(
            f"{path} has no {DOCKERFILE} at its root",
            hint=f"pack what is in the folder, not the folder: `tar -czf {path.name} -C FOLDER .`",
        )
    return GivenArchive(archive, _text(path, dockerfile), files, size)


class _Damage(Exception):
    """The bytes of an archive are not those of a tar."""


class _Member(tarfile.TarInfo):
    """A member whose broken header is an error: tarfile takes it for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        if not buf:
            raise _Damage("there is no end to the tar")
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if len(buf) == tarfile.BLOCKSIZE and not bytes(buf).strip(b"\0"):
                raise  # no header, but the zeros at the end
            raise _Damage(str(error)) from None


def _members(inflated: IO[bytes]) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    with tarfile.TarFile(fileobj=inflated, tarinfo=_Member) as tar:
        while (member := tar.next()) is not None:
            # A million members need not stay in memory.
            tar.members.clear()  # type: ignore[attr-defined]  # typeshed omits it
            yield member, tar
        while inflated.read(_PIECE):  # the checksum stands at the very end
            pass


def _content(member: tarfile.TarInfo, tar: tarfile.TarFile) -> bytes:
    file = tar.extractfile(member)
    return file.read(_MAX_DOCKERFILE) if file else b""


def _text(path: Path, dockerfile: bytes) -> str:
    try:
        return dockerfile.decode("utf-8")
    except UnicodeDecodeError:
        raise ContextError(f"the {DOCKERFILE} in {path} is not UTF-8 text") from None
