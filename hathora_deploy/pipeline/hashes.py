"""The SHA-256 of every file of a build context. What has not changed since it was last read is not read."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from io import FileIO
from typing import Final

from hathora_deploy.pipeline.context import IGNORE_FILE, Entry, EntryKind
from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.file_status import FileStatus, KnownFile
from hathora_deploy.pipeline.progress import Hearer

_READ: Final = 1 << 20
_MAX_THREADS: Final = 4
_TICK: Final = 0.25
_COARSEST_CLOCK: Final = 2_000_000_000
"""Nanoseconds: what the times of a file may lag behind, as FAT counts them."""


@dataclass(frozen=True)
class Hashes:
    """What files held at a ``moment``, in nanoseconds of the Unix clock: when reading them began."""

    files: Mapping[str, KnownFile]
    moment: int
    read: int = 0
    """How many files were opened for it."""

    def settled(self) -> Mapping[str, KnownFile]:
        """The files that cannot have been written to, since they were read, without a sign of it.

        A file that was written just before may be so again in the same tick of the disk's clock. Git
        has the same rule for its index, and calls such a file racily clean.
        """
        latest = self.moment - _COARSEST_CLOCK
        return {
            path: known
            for path, known in self.files.items()
            if known.status.modified < latest and known.status.changed < latest
        }

    def by_path(self) -> dict[str, str]:
        return {path: known.sha256 for path, known in self.files.items()}


NOTHING: Final = Hashes({}, 0)


def hash_files(
    entries: Iterable[Entry],
    *,
    earlier: Hashes = NOTHING,
    progress: Hearer = lambda _: None,
) -> Hashes:
    """Hashes of the entries that are files; ``progress`` hears of their bytes, from several threads.

    A file whose status is the same as ``earlier`` is not read, nor looked at again.
    Raises ContextError for a file that cannot be read, or that changes meanwhile.
    """
    moment = time.time_ns()
    files = [each for each in entries if each.kind is EntryKind.FILE]
    known = earlier.settled()
    unchanged = {
        each.path: known[each.path]
        for each in files
        if each.path in known and known[each.path].status == each.status
    }
    changed = [each for each in files if each.path not in unchanged]
    progress(sum(found.status.size for found in unchanged.values()))
    return Hashes(unchanged | _read_all(changed, progress), moment, len(changed))


def looked_at_again(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries as they are now. One that is gone has no status: reading it will say what is wrong."""
    for entry in entries:
        try:
            status = FileStatus.of(os.lstat(entry.source))
        except OSError:
            status = None
        yield replace(entry, status=status)


def _read_all(files: list[Entry], progress: Hearer) -> dict[str, KnownFile]:
    if not files:
        return {}
    # Largest first, so that no thread is left alone with a large one at the end.
    waiting = deque(sorted(files, key=lambda each: -each.size))
    read: dict[str, KnownFile] = {}
    stop = threading.Event()

    def work() -> None:
        buffer = memoryview(bytearray(_READ))
        with suppress(IndexError):
            while not stop.is_set():
                entry = waiting.popleft()
                read[entry.path] = _read(entry, buffer, progress, stop)

    threads = min(os.cpu_count() or 1, _MAX_THREADS)
    with ThreadPoolExecutor(threads, "hash") as pool:
        try:
            working = {pool.submit(work) for _ in range(threads)}
            # In short steps: on Windows, Ctrl-C is heard only between them.
            while working:
                done, working = wait(working, timeout=_TICK, return_when=FIRST_EXCEPTION)
                for each in done:
                    each.result()
        finally:
            stop.set()
    return read


class _Stopped(Exception):
    """Another file has failed, or the deploy was interrupted."""


def _read(entry: Entry, buffer: memoryview, progress: Hearer, stop: threading.Event) -> KnownFile:
    digest = hashlib.sha256()
    try:
        with FileIO(entry.source) as file:
            before = FileStatus.of(os.fstat(file.fileno()))
            while count := file.readinto(buffer):
                digest.update(buffer[:count])
                progress(count)
                if stop.is_set():
                    raise _Stopped
            after = FileStatus.of(os.fstat(file.fileno()))
    except OSError as error:
        raise ContextError(f"{entry.source} can no longer be read: {error.strerror}") from None
    if before != after or after.size != entry.size:
        raise ContextError(
            f"{entry.source} changed while it was read",
            hint=f"stop what writes to it, or name it in {IGNORE_FILE}",
        )
    return KnownFile(after, digest.hexdigest())
