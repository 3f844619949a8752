"""Where the bytes of a file begin whose beginning was given back, read while somebody writes."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hathora_deploy.cloud import holes

LINE = b"Error: the first line\n"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


def test_what_is_written_while_nothing_is_found_is_not_passed_over(
    file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seek = os.lseek

    def seek_while_a_line_comes(descriptor: int, offset: int, how: int) -> int:
        try:
            return seek(descriptor, offset, how)
        finally:
            os.pwrite(descriptor, LINE, 0)

    monkeypatch.setattr(os, "lseek", seek_while_a_line_comes)
    assert holes.next_byte(file, 0) == 0


def test_a_hole_at_the_end_has_none(file: int) -> None:
    os.pwrite(file, LINE, 0)
    os.truncate(file, 1 << 20)
    assert holes.next_byte(file, 1 << 16) == 1 << 20


def test_where_holes_cannot_be_told_apart_all_is_kept(
    file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, offset: int, how: int) -> int:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    os.pwrite(file, LINE, 0)
    monkeypatch.setattr(os, "lseek", refuse)
    assert holes.next_byte(file, 5) == 5
