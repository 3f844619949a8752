"""An archive that somebody has made already: used as it is, once it is known to be whole."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hathora_deploy.dockerfile import Dockerfile
from hathora_deploy.pipeline.archive import Archive, GrowingArchive, Packed
from hathora_deploy.pipeline.compression import Compression
from hathora_deploy.pipeline.concern import Concern
from hathora_deploy.pipeline.context import DOCKERFILE
from hathora_deploy.pipeline.dockerfile_text import read_dockerfile
from hathora_deploy.pipeline.effort import Effort
from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.given_tar import Damage, Digested, GivenTar
from hathora_deploy.pipeline.member_inspection import MemberInspection, entry_of
from hathora_deploy.pipeline.progress import Hearer
from hathora_deploy.pipeline.revision import Revision

_SUFFIXES: Final = (".tgz", ".tar.gz")
_GZIP: Final = b"\x1f\x8b"
_MAX_DOCKERFILE: Final = 1 << 20


@dataclass(frozen=True)
class GivenArchive:
    """Implements Source, and Content, for all of it was read when it was found to be whole."""

    file: Archive
    digest: str
    """Of its tar."""
    files: int
    size: int
    """Bytes of all files."""
    dockerfile_data: bytes
    found: MemberInspection

    @property
    def manifest(self) -> None:
        """Its digest is that of the whole."""

    @property
    def place(self) -> Path:
        return self.file.path

    def revision(self, *, git_timeout: float) -> Revision:
        return Revision(note="an archive, used as it is")

    def dockerfile(self) -> Dockerfile:
        place = f"the {DOCKERFILE} in {self.place}"
        return read_dockerfile(self.dockerfile_data, place=place)

    def concerns(self) -> tuple[Concern, ...]:
        try:
            dockerfile = self.dockerfile()
        except ContextError:  # others tell of it
            dockerfile = None
        return self.found.concerns(dockerfile)

    def content(self, progress: Hearer) -> GivenArchive:
        progress(self.size)
        return self

    def require_unchanged(self) -> None:
        try:
            is_unchanged = Archive.of(self.place) == self.file
        except OSError as error:
            raise _unreadable(self.place, error) from None
        if not is_unchanged:
            raise ContextError(f"{self.place} changed while it was sent")

    @contextmanager
    def archive(
        self,
        *,
        compression: Compression,
        progress: Hearer,
        packed: Callable[[Packed], object],
        efforts: Sequence[Effort],
    ) -> Iterator[GrowingArchive]:
        """The file itself, however it was compressed."""
        packed(Packed(self.file.size, self.file.digest))
        yield GrowingArchive.of(self.file)


def is_archive(path: Path) -> bool:
    """Whether it is a file that is named as archives are, or begins as they do."""
    if not path.is_file():
        return False
    if path.name.lower().endswith(_SUFFIXES):
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(_GZIP)) == _GZIP
    except OSError:
        return False


def read_archive(path: Path) -> GivenArchive:
    """Read all of an archive, once. Raises ContextError unless it is whole and has its Dockerfile at its root."""
    from isal import isal_zlib

    broken: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # its stub has an instance
    damages = (
        *(gzip.BadGzipFile, zlib.error, broken, EOFError),
        *(tarfile.TarError, Damage, ValueError, RecursionError),  # tarfile raises them, too
    )
    try:
        return _read(path)
    except damages as error:
        raise ContextError(
            f"{path} is damaged or cut short: {error}",
            hint="make it again; `hathora-deploy package` does, and `tar -tzf` shows whether it is whole",
        ) from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _read(path: Path) -> GivenArchive:
    from isal import igzip

    files = size = 0
    dockerfile: bytes | None = None
    found = MemberInspection()
    with path.open("rb", buffering=0) as file:
        packed = Digested(file)
        with igzip.open(packed, "rb") as inflated:  # type: ignore[no-untyped-call]  # it has no stub
            tar = GivenTar(inflated)
            for member in tar.members():
                files += not member.isdir()
                size += member.size
                entry = entry_of(member)
                if entry is None:
                    continue
                is_plain = member.isreg() and not member.issparse()
                is_dockerfile = is_plain and entry.path == DOCKERFILE
                wanted = _MAX_DOCKERFILE if is_dockerfile else found.bytes_wanted(entry)
                head = tar.read(min(member.size, wanted)) if is_plain else b""
                found.add(entry, head)
                if is_dockerfile:
                    dockerfile = head
    if dockerfile is None:
        raise ContextError(
            f"{path} has no {DOCKERFILE} at its root",
            hint=f"pack what is in the folder, not the folder: `tar -czf {path.name} -C FOLDER .`",
        )
    whole = Archive(path, packed.size, packed.digest)
    return GivenArchive(whole, tar.digest, files, size, dockerfile, found)


def _unreadable(path: Path, error: OSError) -> ContextError:
    return ContextError(f"{path} cannot be read: {error.strerror or error}")
