from __future__ import annotations

import errno
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hathora_deploy.pipeline.compression import Compression
from hathora_deploy.pipeline.errors import ArchiveError, ContextError
from hathora_deploy.pipeline.package import package
from tests.pipeline.reporter import RecordingReporter
from tests.small_disk import small_disk


def test_a_package_is_the_archive_of_the_folder(
    folder: Path, tmp_path: Path, reporter: RecordingReporter
) -> None:
    target = tmp_path / "server.tgz"
    made = package(folder, target, reporter=reporter)
    data = target.read_bytes()
    assert (made.archive.size, made.archive.digest) == (
        len(data),
        hashlib.sha256(data).hexdigest(),
    )
    with tarfile.open(target) as tar:
        assert tar.getnames() == ["Dockerfile", "game"]


def test_a_stream_gets_the_same_bytes_as_a_file(
    folder: Path, tmp_path: Path, reporter: RecordingReporter
) -> None:
    stream = io.BytesIO()
    package(folder, stream, reporter=reporter)
    package(folder, tmp_path / "server.tgz", reporter=reporter)
    assert (tmp_path / "server.tgz").read_bytes() == stream.getvalue()


def test_a_file_that_is_there_is_written_over_only_when_asked_to(
    folder: Path, tmp_path: Path, reporter: RecordingReporter
) -> None:
    target = tmp_path / "server.tgz"
    target.write_text("precious")
    with pytest.raises(ArchiveError, match="exists already"):
        package(folder, target, reporter=reporter)
    assert target.read_text() == "precious"
    package(folder, target, reporter=reporter, overwrite=True)
    assert tarfile.is_tarfile(target)


def test_a_file_that_comes_meanwhile_is_not_written_over(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "server.tgz"

    class Meanwhile(RecordingReporter):
        def packing(self, delta_bytes: int) -> None:
            target.write_text("precious")

    with pytest.raises(ArchiveError, match="exists already"):
        package(folder, target, reporter=Meanwhile())
    assert target.read_text() == "precious"
    assert sorted(tmp_path.iterdir()) == [folder, target]


@pytest.mark.parametrize("end", [KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("existing", [None, "precious"])
def test_half_a_file_is_never_left(
    folder: Path, tmp_path: Path, end: type[BaseException], existing: str | None
) -> None:
    target = tmp_path / "server.tgz"
    if existing is not None:
        target.write_text(existing)

    class Interrupting(RecordingReporter):
        def packing(self, delta_bytes: int) -> None:
            raise end

    with pytest.raises(end):
        package(folder, target, reporter=Interrupting(), overwrite=True)
    assert sorted(tmp_path.iterdir()) == sorted([folder, *([target] if existing else [])])
    assert existing is None or target.read_text() == existing


def test_a_folder_that_changes_leaves_no_package(folder: Path, tmp_path: Path) -> None:
    class Changing(RecordingReporter):
        def packing(self, delta_bytes: int) -> None:
            (folder / "game").write_text("another")

    with pytest.raises(ContextError, match="game changed"):
        package(folder, tmp_path / "server.tgz", reporter=Changing())
    assert list(tmp_path.iterdir()) == [folder]


def test_an_archive_in_its_own_folder_does_not_hold_the_last_one(
    folder: Path, reporter: RecordingReporter
) -> None:
    target = folder / "server.tgz"
    first = package(folder, target, reporter=reporter)
    second = package(folder, target, reporter=reporter, overwrite=True)
    assert first.archive == second.archive
    assert any("lies in the folder" in warning for warning in reporter.warnings)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes of this kind")
def test_nothing_but_a_file_is_written_over_and_a_link_stays_one(
    folder: Path, tmp_path: Path, reporter: RecordingReporter
) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link.tgz"
    os.mkfifo(pipe)
    for target in (pipe, tmp_path):
        with pytest.raises(ArchiveError, match="is no file"):
            package(folder, target, reporter=reporter, overwrite=True)
    assert pipe.is_fifo()
    link.symlink_to("elsewhere.tgz")
    package(folder, link, reporter=reporter, overwrite=True)
    assert link.is_symlink()
    assert (tmp_path / "elsewhere.tgz").is_file()


def test_what_a_program_that_was_killed_has_left_is_removed_and_not_packed(
    folder: Path, reporter: RecordingReporter
) -> None:
    program = (
        "import sys, pathlib, hathora_deploy.pipeline.package as p\n"
        "with p._replacing(pathlib.Path(sys.argv[1]), overwrite=False) as file:\n"
        "    print(file.name, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    target = folder / "server.tgz"
    words = [sys.executable, "-c", program, str(target)]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        partial = Path(writer.stdout.readline().strip())
        package(folder, target, reporter=reporter)
        assert partial.exists(), "somebody writes it"
        writer.kill()
        writer.wait()
    package(folder, target, reporter=reporter, overwrite=True)
    assert sorted(path.name for path in folder.iterdir() if "server" in path.name) == ["server.tgz"]


def test_the_level_decides_about_the_bytes(folder: Path, reporter: RecordingReporter) -> None:
    (folder / "text").write_text("again and again " * 9999)
    sizes = [
        package(folder, io.BytesIO(), reporter=reporter, compression=Compression(level))
        for level in (0, 1, 9)
    ]
    assert sizes[0].archive.size > sizes[1].archive.size > sizes[2].archive.size


def test_a_folder_that_is_not_there_is_one_clear_message(
    folder: Path, tmp_path: Path, reporter: RecordingReporter
) -> None:
    with pytest.raises(ArchiveError, match=r"nowhere.server\.tgz cannot be written: No such"):
        package(folder, tmp_path / "nowhere" / "server.tgz", reporter=reporter)


def test_a_stream_that_nobody_reads_is_one_clear_message(
    folder: Path, reporter: RecordingReporter
) -> None:
    class Closed(io.RawIOBase):
        def write(self, _: object) -> int:
            raise OSError(errno.EPIPE, os.strerror(errno.EPIPE))

    with pytest.raises(ArchiveError, match="stream cannot be written: Broken pipe"):
        package(folder, Closed(), reporter=reporter)  # type: ignore[arg-type]  # all that is needed


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "full", 1) as place:
        yield place


def test_a_full_disk_keeps_nothing_of_a_package(
    folder: Path, full_disk: Path, reporter: RecordingReporter
) -> None:
    (folder / "big").write_bytes(os.urandom(3 << 20))
    with pytest.raises(ArchiveError, match=r"there is no room for .*server\.tgz"):
        package(folder, full_disk / "server.tgz", reporter=reporter)
    assert list(full_disk.iterdir()) == []
