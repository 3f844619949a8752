"""Files that only their owner may read: replaced whole, and read only where nobody else wrote them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from hathora_deploy import private_files

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="a user's folders are closed by other means there"
)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    open_to_all = tmp_path / "kept"
    open_to_all.mkdir(mode=0o755)
    assert private_files.make_folder(open_to_all) == open_to_all
    assert mode(open_to_all) == 0o700
    assert mode(private_files.make_folder(tmp_path / "new" / "deep")) == 0o700


@pytest.mark.parametrize("content", ["née", b"\xff\r\n"])
def test_what_is_written_is_the_owners_alone_and_replaces_what_others_could_read(
    tmp_path: Path, content: str | bytes
) -> None:
    file = tmp_path / "key"
    file.write_text("an older and longer one")
    file.chmod(0o644)
    private_files.write(file, content)
    assert file.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert mode(file) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_replaced_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(IsADirectoryError):
        private_files.write(tmp_path / "key", "secret")
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_what_is_there_is_kept_by_whoever_only_wants_it_to_be(tmp_path: Path) -> None:
    file = private_files.create(tmp_path / "log")
    assert mode(file) == 0o600
    file.write_text("line\n")
    assert private_files.create(file).read_text() == "line\n"


def test_only_a_file_that_nobody_else_can_have_written_is_read(tmp_path: Path) -> None:
    file, link, pipe = (tmp_path / name for name in ("file", "link", "pipe"))
    private_files.write(file, b"12345")
    link.symlink_to(file)
    os.mkfifo(pipe)
    assert private_files.read(file, most=5) == b"12345"
    assert private_files.read(file, most=4) is None
    for other in (link, pipe, tmp_path, tmp_path / "none"):
        assert private_files.read(other, most=5) is None
    file.chmod(0o620)
    assert private_files.read(file, most=5) is None


def test_of_many_files_the_newest_stay(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "older", ".draft", "oldest")):
        private_files.write(tmp_path / name, b"")
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    private_files.keep_newest(tmp_path, 2)
    assert {each.name for each in tmp_path.iterdir()} == {"new", "older"}
