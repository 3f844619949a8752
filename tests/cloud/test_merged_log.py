from __future__ import annotations

import asyncio
from pathlib import Path

from hathora_deploy.cloud.merged_log import MergedLog


def read(log: MergedLog) -> bytes:
    async def whole() -> bytes:
        return b"".join([piece async for piece in log])

    return asyncio.run(whole())


def test_the_last_lines_of_each_log_stand_one_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"a\nb\nc\n")
    (tmp_path / "two").write_bytes(b"d\ne\nf\n")

    log = MergedLog([tmp_path / "one", tmp_path / "two"], tail_lines=2)

    assert read(log) == b"b\nc\ne\nf\n"


def test_a_line_without_an_end_does_not_run_into_that_of_another_log(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"a\nhalf")
    (tmp_path / "two").write_bytes(b"b\n")

    log = MergedLog([tmp_path / "one", tmp_path / "two"], tail_lines=10)

    assert read(log) == b"a\nhalf\nb\n"


def test_a_log_that_is_kept_no_more_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"a\n")

    assert read(MergedLog([tmp_path / "gone", tmp_path / "one"], tail_lines=10)) == b"a\n"


def test_what_comes_after_is_read_while_a_log_is_live(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"begun ")
    looks = iter([[first], [first, second], [second], []])

    def live() -> list[Path]:
        now = next(looks)
        if second in now:
            with second.open("ab") as file:
                file.write(b"second\n")
        if first in now:
            with first.open("ab") as file:
                file.write(b"and gone on\n" if second in now else b"again ")
        return now

    log = read(MergedLog([first], tail_lines=10, live=live))

    assert log == b"begun again and gone on\nsecond\nsecond\n"
