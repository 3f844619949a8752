"""An archive on its way: one sparse file, and beside it a note of each part that has arrived."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from hathora_deploy.api.multipart import CompletedPart, PartRange, part_ranges
from hathora_deploy.cloud.artifacts.completion import StoredPart, check_completion
from hathora_deploy.cloud.artifacts.errors import (
    EntityTooLarge,
    InsufficientStorage,
    NoSuchUpload,
    OperationAborted,
    UploadRefused,
)
from hathora_deploy.cloud.artifacts.port import ARCHIVE


class Upload:
    """The upload of one key. Methods block, and may be called from several threads at once.

    A part is written to its slice of the file and noted when it is whole, so that a part which is
    cut short, or sent once more, is never taken for one that has arrived.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = folder / ARCHIVE
        self.partial = folder / "archive.partial"
        self._plan = folder / "upload.json"
        self._lock = threading.Lock()
        self._writers: dict[int, PartWriter] = {}

    def open(self, size: int, part_size: int) -> None:
        """Make the folder and the file; both are their owner's alone."""
        self.folder.mkdir(mode=0o700)
        _create(self._plan, json.dumps({"size": size, "part_size": part_size}))
        _create(self.partial)
        os.truncate(self.partial, size)

    def begin_part(self, number: int) -> PartWriter:
        """Begin to write a part. An older attempt at the same part stops."""
        with self._lock:
            part = self._ranges()[number - 1]
            self._note(number).unlink(missing_ok=True)
            writer = self._writers[number] = PartWriter(self, part)
            return writer

    def complete(self, listed: tuple[CompletedPart, ...]) -> None:
        """Make the parts an archive. Done before, with the same parts: nothing happens.

        Raises the UploadRefused that says why not.
        """
        with self._lock:
            _, part_size = self._size_and_part_size()
            total = check_completion(listed, self._stored(), part_size)
            if self.archive.exists():
                if self.archive.stat().st_size != total:
                    raise NoSuchUpload("this upload is complete already, with other parts")
                return
            self._writers.clear()
            os.truncate(self.partial, total)
            self.partial.rename(self.archive)

    def remove(self) -> None:
        """Abort the upload, or delete the archive. Silent when it is gone already."""
        with self._lock:
            self._writers.clear()
            with suppress(FileNotFoundError):
                shutil.rmtree(self.folder)

    def write(self, writer: PartWriter, data: bytes, offset: int) -> None:
        """Write a piece of a part. Raises OperationAborted when the writer is not the newest one."""
        with self._lock:
            self._check_newest(writer)
            try:
                while data:
                    written = os.pwrite(writer.file, data, offset)
                    data, offset = data[written:], offset + written
            except OSError as error:
                raise _refusal(error) from error

    def note(self, writer: PartWriter, stored: StoredPart) -> None:
        """Note that a part is whole."""
        with self._lock:
            self._check_newest(writer)
            del self._writers[writer.part.number]
            note = self._note(writer.part.number)
            draft = note.with_suffix(".draft")
            try:
                draft.unlink(missing_ok=True)
                _create(draft, json.dumps(asdict(stored)))
            except OSError as error:
                raise _refusal(error) from error
            draft.replace(note)

    def _check_newest(self, writer: PartWriter) -> None:
        if self._writers.get(writer.part.number) is not writer:
            raise OperationAborted(
                f"part {writer.part.number} was sent again, or is wanted no more"
            )

    def _ranges(self) -> tuple[PartRange, ...]:
        if not self.partial.exists():
            raise NoSuchUpload("this upload is complete, was aborted, or never began")
        return part_ranges(*self._size_and_part_size())

    def _size_and_part_size(self) -> tuple[int, int]:
        try:
            plan = json.loads(self._plan.read_bytes())
        except FileNotFoundError:
            raise NoSuchUpload("this upload was aborted, or never began") from None
        return plan["size"], plan["part_size"]

    def _note(self, number: int) -> Path:
        return self.folder / f"part-{number}.json"

    def _stored(self) -> dict[int, StoredPart]:
        return {
            int(note.stem.removeprefix("part-")): StoredPart(**json.loads(note.read_bytes()))
            for note in self.folder.glob("part-*.json")
        }


class PartWriter:
    """One attempt at a part. Closing it before ``finish`` leaves the part as not arrived."""

    def __init__(self, upload: Upload, part: PartRange) -> None:
        self.part = part
        self.file = os.open(upload.partial, os.O_WRONLY)
        self._upload = upload
        self._length = 0
        # The ETag of S3, for finding damage; nothing is authorised by it.
        self._md5 = hashlib.md5(usedforsecurity=False)

    def write(self, data: bytes) -> None:
        """Write the next bytes. Raises EntityTooLarge when they do not fit the part."""
        if self._length + len(data) > self.part.length:
            raise EntityTooLarge(f"part {self.part.number} has room for {self.part.length} bytes")
        self._md5.update(data)
        self._upload.write(self, data, self.part.start + self._length)
        self._length += len(data)

    def finish(self) -> str:
        """Note the part as arrived and return its ETag."""
        stored = StoredPart(self._md5.hexdigest(), self._length)
        self._upload.note(self, stored)
        return stored.etag

    def finish_whole(self) -> str:
        """Make the archive of this part, the only one, and return its ETag."""
        etag = self.finish()
        self._upload.complete((CompletedPart(self.part.number, etag),))
        return etag

    def close(self) -> None:
        os.close(self.file)


def _create(path: Path, text: str = "") -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)


def _refusal(error: OSError) -> UploadRefused | OSError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return InsufficientStorage(
            "the disk of the cloud is full: make room on it, then send the part again"
        )
    return error
