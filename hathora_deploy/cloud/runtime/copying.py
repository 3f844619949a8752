"""COPY and ADD of plain files: from the build context into the files of an image."""

from __future__ import annotations

import os
import posixpath
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed
from hathora_deploy.cloud.runtime.image import host_path
from hathora_deploy.cloud.runtime.unpack import is_within


@dataclass(frozen=True)
class Copying:
    """Copies between two folders; nothing is read or written outside of them, whatever links say."""

    context: Path
    files: Path
    cancelled: threading.Event

    def make_folder(self, path: str) -> None:
        """Make a folder of the image."""
        self._make_folder(host_path(path, self.files))

    def copy(
        self, sources: list[Path], destination: str, *, workdir: str, mode: int | None
    ) -> None:
        """Copy sources as COPY does: of a folder the content, of several each into a folder."""
        target = host_path(destination, self.files, workdir)
        is_folder = (
            destination.endswith(("/", "/."))
            or destination == "."
            or len(sources) > 1
            or target.is_dir()
        )
        for source in sources:
            if source.is_dir():
                self._copy_tree(source, target, mode)
            else:
                self._copy_file(source, target / source.name if is_folder else target, mode)

    def write(
        self, name: str, content: str, destination: str, *, workdir: str, mode: int | None
    ) -> None:
        """Write a heredoc's file; ``name`` counts when the destination is a folder."""
        target = host_path(destination, self.files, workdir)
        if destination.endswith("/") or target.is_dir():
            target = target / name
        self._make_room(target)
        target.write_text(content, "utf-8")
        target.chmod(0o644 if mode is None else mode)

    def find(self, pattern: str) -> list[Path]:
        """What a source of COPY names in the context, in order; links are followed."""
        inner = posixpath.normpath(posixpath.join("/", pattern)).lstrip("/")
        if not inner:
            return [self.context]
        found = self.context / inner
        matches = [found] if found.exists() else self._matching(inner)
        for match in matches:
            if not is_within(match, self.context):
                raise BuildFailed(f"{pattern} is a link that leads out of the archive")
        return matches

    def _matching(self, pattern: str) -> list[Path]:
        # Python's patterns but for two spellings: ** crosses folders, and ^ does not negate.
        spelling = pattern.replace("**", "*").replace("[^", "[!")
        with suppress(ValueError):
            return sorted(self.context.glob(spelling))
        return []

    def _copy_tree(self, source: Path, target: Path, mode: int | None) -> None:
        self._make_folder(target)
        for entry in _entries(source):
            inner = target / entry.name
            if entry.is_dir(follow_symlinks=False):
                self._copy_tree(Path(entry.path), inner, mode)
            elif entry.is_symlink():
                self._copy_link(Path(entry.path), inner)
            else:
                self._place(Path(entry.path), inner, mode)

    def _copy_file(self, source: Path, target: Path, mode: int | None) -> None:
        self._make_folder(target.parent)
        self._place(source.resolve(strict=True), target, mode)

    def _place(self, real: Path, target: Path, mode: int | None) -> None:
        """Copy what is no link into a folder that is there: of 20,000 files each is looked at once."""
        if self.cancelled.is_set():
            raise BuildCancelled("the build was cancelled while files were copied")
        self._clear(target)
        if mode is None and real.stat().st_nlink == 1:
            # The context is thrown away after the build: the file can be had instead of its bytes.
            target.hardlink_to(real)
        else:
            shutil.copy2(real, target)
        if mode is not None:
            target.chmod(mode)

    def _copy_link(self, source: Path, target: Path) -> None:
        self._make_room(target)
        target.symlink_to(source.readlink())
        if not is_within(target, self.files):
            raise BuildFailed(
                f"the link {self._name(target)} would lead out of the image, to {str(source.readlink())!r}",
                hint="ship the file itself, or leave the link out with a .dockerignore",
            )

    def _make_room(self, target: Path) -> None:
        self._make_folder(target.parent)
        self._clear(target)

    def _clear(self, target: Path) -> None:
        if target.is_dir() and not target.is_symlink():
            raise BuildFailed(f"{self._name(target)} is a folder, and a file is copied over it")
        target.unlink(missing_ok=True)

    def _make_folder(self, folder: Path) -> None:
        if not is_within(folder, self.files):
            raise BuildFailed(f"{self._name(folder)} leads out of the image through a link")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise BuildFailed(
                f"{self._name(folder)} is a file, and a folder is needed there"
            ) from None

    def _name(self, path: Path) -> str:
        return "/" + path.relative_to(self.files).as_posix()


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from sorted(entries, key=lambda entry: entry.name)
