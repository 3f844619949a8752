"""Logs that are followed by many: nothing is lost, nobody holds up anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from hathora_deploy.cloud.log_watch import LogWatches
from hathora_deploy.cloud.logs import Following, LogStream


class Writers:
    """Who writes to which log; a log that is not named has ended."""

    def __init__(self, *keys: str) -> None:
        self.live = set(keys)
        self.asked: list[list[str]] = []

    def ended(self, keys: Collection[str]) -> set[str]:
        self.asked.append(list(keys))
        return set(keys) - self.live


async def read(path: Path, watches: LogWatches, key: str, ended: Callable[..., set[str]]) -> bytes:
    stream = LogStream(path, following=Following(watches, key, ended))
    return b"".join([piece async for piece in stream])


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came")


def test_every_reader_of_every_log_gets_every_line(tmp_path: Path) -> None:
    async def scenario() -> None:
        watches, writers = LogWatches(), Writers("a", "b", "c")
        logs = {key: tmp_path / key for key in writers.live}
        for path in logs.values():
            path.touch()
        readers = {
            key: [
                asyncio.create_task(read(logs[key], watches, key, writers.ended)) for _ in range(50)
            ]
            for key in logs
        }
        written: dict[str, bytes] = dict.fromkeys(logs, b"")
        for number in range(200):
            for key, path in logs.items():
                line = f"{key} {number}\n".encode()
                written[key] += line
                with path.open("ab") as log:
                    log.write(line)
            await asyncio.sleep(0.001)
        writers.live.clear()
        for key, tasks in readers.items():
            assert set(await asyncio.gather(*tasks)) == {written[key]}

    asyncio.run(scenario())


def test_one_look_is_for_all_readers_and_one_question_for_all_logs(tmp_path: Path) -> None:
    async def scenario() -> None:
        keys = [f"log-{number}" for number in range(100)]
        watches, writers = LogWatches(), Writers(*keys)
        for key in keys:
            (tmp_path / key).write_bytes(b"begun\n")
        tasks = [
            asyncio.create_task(read(tmp_path / key, watches, key, writers.ended))
            for key in keys
            for _ in range(10)
        ]
        await until(lambda: any(len(asked) == len(keys) for asked in writers.asked))
        assert all(len(asked) == len(set(asked)) for asked in writers.asked)
        writers.live.clear()
        assert set(await asyncio.gather(*tasks)) == {b"begun\n"}

    asyncio.run(scenario())


def test_a_reader_that_never_reads_holds_up_nobody(tmp_path: Path) -> None:
    async def scenario() -> None:
        path, watches, writers = tmp_path / "log", LogWatches(), Writers("log")
        path.write_bytes(b"first\n")
        stalled = aiter(LogStream(path, following=Following(watches, "log", writers.ended)))
        assert await anext(stalled) == b"first\n"
        other = asyncio.create_task(read(path, watches, "log", writers.ended))
        with path.open("ab") as log:
            log.write(b"x" * 1_000_000)
        await until(lambda: bool(writers.asked))
        writers.live.clear()
        assert len(await other) == 1_000_006
        assert len(b"".join([piece async for piece in stalled])) == 1_000_000

    asyncio.run(scenario())


def test_nothing_is_left_open_when_the_last_reader_has_gone(tmp_path: Path) -> None:
    async def scenario() -> None:
        path, watches, writers = tmp_path / "log", LogWatches(), Writers("log")
        path.write_bytes(b"first\n")
        before = open_files()
        readers = [
            aiter(LogStream(path, following=Following(watches, "log", writers.ended)))
            for _ in range(20)
        ]
        for reader in readers:
            assert await anext(reader) == b"first\n"
        assert open_files() == before + 1
        for reader in readers:
            await reader.aclose()
        await asyncio.sleep(0)
        assert open_files() == before
        assert len(asyncio.all_tasks()) == 1

    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not list open files in /proc")
    asyncio.run(scenario())


def test_a_database_that_fails_for_a_moment_ends_no_stream(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    looks = 0

    def ended(keys: Collection[str]) -> set[str]:
        nonlocal looks
        looks += 1
        if looks < 4:
            raise OSError("the database is away")
        return set(keys)

    path = tmp_path / "log"
    path.write_bytes(b"first\n")
    assert asyncio.run(read(path, LogWatches(), "log", ended)) == b"first\n"
    assert looks == 4
    assert len([record for record in caplog.records if "is away" in record.message]) == 1
