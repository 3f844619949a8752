from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.cloud.log_watch import LogWatches
from hathora_deploy.cloud.logs import LONGEST_LINE, Following, LogFile, LogStream, tail_offset

LINES = st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line), max_size=50)


async def read(stream: LogStream) -> bytes:
    return b"".join([piece async for piece in stream])


@given(lines=LINES, wanted=st.integers(1, 60), ends_in_newline=st.booleans())
def test_the_tail_is_the_last_lines(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], wanted: int, ends_in_newline: bool
) -> None:
    text = b"".join(line + b"\n" for line in lines)
    if not ends_in_newline:
        text = text.removesuffix(b"\n")
    path = tmp_path_factory.mktemp("log") / "log"
    path.write_bytes(text)

    tail = text[tail_offset(path, wanted) :]

    assert tail == b"".join(text.splitlines(keepends=True)[-wanted:]) or b"\r" in text
    assert text.endswith(tail)


def test_the_tail_of_a_file_of_several_pieces_is_found(tmp_path: Path) -> None:
    path = tmp_path / "log"
    lines = [f"{number:06} {'x' * 90}\n".encode() for number in range(5000)]
    path.write_bytes(b"".join(lines))

    assert path.read_bytes()[tail_offset(path, 3000) :] == b"".join(lines[-3000:])


def test_a_long_line_is_broken_so_that_every_client_can_read_it(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "folder" / "log")
    log.write_line("x" * (LONGEST_LINE * 2 + 1))
    log.write_line("")
    log.close()

    lines = (tmp_path / "folder" / "log").read_bytes().split(b"\n")

    assert [len(line) for line in lines] == [LONGEST_LINE, LONGEST_LINE, 1, 0, 0]


def test_a_log_is_for_its_owner_only(tmp_path: Path) -> None:
    LogFile(tmp_path / "folder" / "log").close()

    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "folder" / "log").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("is_followed", [False, True])
def test_who_reads_a_long_log_at_once_keeps_nobody_waiting(
    tmp_path: Path, is_followed: bool
) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"a line of many\n" * 100_000)

    async def turns_of_others() -> int:
        following = Following(LogWatches(), "log", lambda keys: set(keys)) if is_followed else None
        turns: list[None] = []
        async for _ in LogStream(path, following=following):
            before_the_last_piece = len(turns)
            asyncio.get_running_loop().call_soon(turns.append, None)
        return before_the_last_piece

    assert asyncio.run(turns_of_others()) > 50


def test_a_stream_ends_with_the_last_byte_written_before_the_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"first\n")
    written_at_each_look = [b"second\n", b"", b"last words"]

    def ended(keys: Collection[str]) -> set[str]:
        with path.open("ab") as log:
            log.write(written_at_each_look.pop(0))
        return set() if written_at_each_look else set(keys)

    stream = LogStream(path, following=Following(LogWatches(), "log", ended))
    assert asyncio.run(read(stream)) == b"first\nsecond\nlast words"


def test_a_stream_starts_where_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")

    assert asyncio.run(read(LogStream(path, start=4))) == b"two\n"


def test_a_log_that_was_deleted_since_it_was_asked_for_is_empty(tmp_path: Path) -> None:
    assert asyncio.run(read(LogStream(tmp_path / "gone.log"))) == b""
