"""The archive of a build context: a ``.tgz``, complete or still growing."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from hathora_deploy.pipeline.adaptation import Adaptation
from hathora_deploy.pipeline.compression import (
    AUTO,
    IN_HAND,
    Compression,
    gzip_bound,
    gzipped,
)
from hathora_deploy.pipeline.context import BuildContext
from hathora_deploy.pipeline.effort import Effort
from hathora_deploy.pipeline.errors import ArchiveError
from hathora_deploy.pipeline.link import Link
from hathora_deploy.pipeline.progress import Hearer
from hathora_deploy.pipeline.tar import BLOCK, tar_blocks, tar_size
from hathora_deploy.pipeline.temporary import open_private, private_folder, unwritable

_TICK: Final = 0.25


@dataclass(frozen=True)
class Packed:
    """What an archive has become. ``size`` is in bytes, ``digest`` is the SHA-256 of them, in hex."""

    size: int
    digest: str


@dataclass(frozen=True)
class Archive:
    """A complete archive, as long as the ``with`` block that made it lasts. As of ``Packed``."""

    path: Path
    size: int
    digest: str

    @classmethod
    def of(cls, path: Path) -> Archive:
        """The archive that a file is. Reads all of it."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return cls(path, file.tell(), digest)


@contextmanager
def pack(
    context: BuildContext, *, compression: Compression = AUTO, progress: Hearer = lambda _: None
) -> Iterator[Archive]:
    """An archive in a file that only its owner reads, and that is gone afterwards.

    ``progress`` hears of the bytes of the context as they are read, in a thread of its own. Raises
    ContextError when a file changes meanwhile, ArchiveError when there is no room.
    """
    with packing(context, compression=compression, progress=progress) as archive:
        yield archive.complete()


@contextmanager
def packing(
    context: BuildContext,
    *,
    compression: Compression = AUTO,
    progress: Hearer = lambda _: None,
    packed: Callable[[Packed], object] = lambda _: None,
    efforts: Sequence[Effort] = (),
) -> Iterator[GrowingArchive]:
    """The archive of ``pack`` while it is written; ``packed`` hears what it has become, in the same thread.

    ``efforts`` are those of an archive of the same context that was given up: this one begins with the
    same bytes. Leaving the block early stops the writing.
    """
    with private_folder() as home:
        archive = GrowingArchive(
            home / "context.tgz", bound=archive_bound(context), efforts=efforts
        )

        def write() -> Packed:
            try:
                with open(archive.path, "xb", opener=open_private) as file:
                    written = write_archive(
                        context,
                        archive.sink(file),
                        compression=compression,
                        adaptation=archive.adaptation,
                        progress=progress,
                    )
            except OSError as error:
                raise unwritable(error) from None
            packed(written)
            return written

        with archive.written_by(write):
            yield archive


def write_archive(
    context: BuildContext,
    write: Callable[[bytes], object],
    *,
    compression: Compression = AUTO,
    adaptation: Adaptation | None = None,
    progress: Hearer = lambda _: None,
) -> Packed:
    """Hand the pieces of the archive to ``write``, in order. Raises ContextError."""
    size, digest = 0, hashlib.sha256()
    blocks = tar_blocks(context.entries, keep=IN_HAND, progress=progress)
    packing = gzipped(blocks, compression=compression, adaptation=adaptation)
    with closing(packing) as pieces:
        for piece in pieces:
            write(piece)
            digest.update(piece)
            size += len(piece)
    return Packed(size, digest.hexdigest())


def archive_bound(context: BuildContext) -> int:
    """The most bytes that the archive can become, whatever its files hold and however it is compressed."""
    return gzip_bound(tar_size(context.entries), BLOCK)


class GrowingArchive:
    """An archive that a thread is writing to ``path``. What is there may be read, by any thread.

    ``bound`` is the most bytes that it can become. Who sends it meanwhile tells ``link`` of it.
    """

    def __init__(self, path: Path, *, bound: int, efforts: Sequence[Effort] = ()) -> None:
        self.path = path
        self.bound = bound
        self.link = Link()
        self.adaptation = Adaptation(self.link, earlier=efforts)
        self._there = 0
        self._end: Packed | BaseException | None = None
        self._change = threading.Condition()
        self._stop = threading.Event()

    @classmethod
    def of(cls, archive: Archive) -> GrowingArchive:
        """One that is complete already."""
        grown = cls(archive.path, bound=archive.size)
        grown._there, grown._end = archive.size, Packed(archive.size, archive.digest)
        return grown

    @property
    def size(self) -> int | None:
        """Bytes, once it is complete."""
        return self._end.size if isinstance(self._end, Packed) else None

    def wait(self, end: int) -> int:
        """The bytes that are there, as soon as they are ``end`` at least or all there will be.

        Raises what kept the archive from being written.
        """
        with self._change:
            # In short steps: on Windows, Ctrl-C is heard only between them.
            while self._end is None and self._there < end:
                self._change.wait(_TICK)
            if isinstance(self._end, BaseException):
                raise self._end
            return self._there

    def complete(self) -> Archive:
        """Wait for all of it."""
        self.wait(self.bound + 1)
        assert isinstance(self._end, Packed)
        return Archive(self.path, self._end.size, self._end.digest)

    def stop(self) -> None:
        """Have it given up: whoever waits for it is told so by an ArchiveError."""
        self._stop.set()

    def sink(self, file: BinaryIO) -> Callable[[bytes], None]:
        """Writes to ``file``, the archive's own, and tells those who wait."""

        def write(piece: bytes) -> None:
            if self._stop.is_set():
                raise _stopped()
            file.write(piece)
            file.flush()
            with self._change:
                self._there += len(piece)
                self._change.notify_all()

        return write

    @contextmanager
    def written_by(self, write: Callable[[], Packed]) -> Iterator[None]:
        """Run ``write`` in a thread, which has ended when the block has."""
        thread = threading.Thread(target=self._run, args=(write,), name="pack", daemon=True)
        try:
            thread.start()
            yield
        finally:
            self.stop()
            while thread.is_alive():
                thread.join(_TICK)

    def _run(self, write: Callable[[], Packed]) -> None:
        end: Packed | BaseException
        try:
            end = write()
        except BaseException as error:  # noqa: BLE001  # raised again where the archive is waited for
            end = error
        with self._change:
            self._end = end
            self._change.notify_all()


def _stopped() -> ArchiveError:
    return ArchiveError("the archive was given up before it was complete")
