"""Logs of processes are kept for their time, and do not fill the disk."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hathora_deploy.api.errors import Gone
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud import holes
from hathora_deploy.cloud.log_watch import LogWatches
from hathora_deploy.cloud.logs import LogStream, tail_offset
from hathora_deploy.cloud.process_logs import ProcessLogs
from hathora_deploy.cloud.state import processes
from hathora_deploy.cloud.state.processes import ProcessRecord
from tests.cloud.handlers.conftest import Running, deploy, running, some_name
from tests.cloud.handlers.test_processes import say, when

__all__ = ["running"]  # the cloud that the tests of handlers have

MIB = 1024 * 1024


def logs_of(running: Running, **settings: int) -> ProcessLogs:
    return ProcessLogs(
        settings=replace(running.cloud.settings, **settings),  # type: ignore[arg-type]  # only whole numbers
        store=running.cloud.store,
        folders=running.cloud.folders,
        watches=LogWatches(),
    )


def can_punch(folder: Path) -> bool:
    probe = folder / "probe"
    probe.write_bytes(b"x" * MIB)
    file = os.open(probe, os.O_RDWR)
    try:
        holes.punch(file, MIB // 2)
        return holes.next_byte(file, 0) == MIB // 2
    except OSError:
        return False
    finally:
        os.close(file)
        probe.unlink()


def test_a_log_goes_when_its_process_ended_longer_ago_than_logs_are_kept_and_is_gone_then(
    running: Running,
) -> None:
    client = running.new_app()
    deploy(client)
    old, young, live = (
        client.processes_v3.create_process(region=Region.SEATTLE).process_id for _ in range(3)
    )
    for process_id in (old, young):
        say(when(client, process_id, "running"), b"leave")
        when(client, process_id, "stopped")
    when(client, live, "running")
    settings = running.cloud.settings
    long_ago = datetime.now(UTC) - timedelta(hours=200)
    with running.cloud.store.write() as connection:
        processes.change(connection, old, terminated_at=long_ago)
    for process_id in (old, young, live):
        # Even one that has been silent all the time is kept while its process lives.
        os.utime(settings.process_log(process_id), (0, 0))
    stray = settings.process_log("of-nobody")
    stray.write_bytes(b"x")
    os.utime(stray, (0, 0))
    # The file is the game server's own: it can say that it was written to in a century.
    os.utime(settings.process_log(old), (2**33, 2**33))

    assert running.cloud.logs.remove_old() >= 2

    assert not stray.exists()
    assert settings.process_log(young).exists()
    assert settings.process_log(live).exists()
    with pytest.raises(Gone, match="not kept any more"):
        client.logs_v1.download_log_for_process(process_id=old)
    with client.logs_v1.download_log_for_process(process_id=young) as log:
        assert log.read().endswith(b"heard leave\n")
    client.processes_v3.stop_process(process_id=live)
    assert client.organizations_v1.get_orgs().orgs[0].log_retention_period_hours == 168


def test_a_log_that_is_too_long_keeps_its_last_lines_while_it_is_written_and_read(
    running: Running,
) -> None:
    settings = running.cloud.settings
    if not can_punch(settings.data_dir):
        pytest.skip("this system or its disk cannot free the beginning of a file")
    path = settings.process_log(some_name())
    path.parent.mkdir(exist_ok=True)
    lines = [f"{number:09} {'x' * 90}\n".encode() for number in range(40_000)]
    with path.open("ab", buffering=0) as log:
        log.write(b"".join(lines[:30_000]))
        assert logs_of(running, log_max_mb=1).cut_long() >= 1

        log.write(b"".join(lines[30_000:]))
    assert path.stat().st_size == sum(map(len, lines))
    assert path.stat().st_blocks * 512 < 3 * MIB
    kept = asyncio.run(_whole(LogStream(path)))
    assert kept == b"".join(lines)[-len(kept) :]
    assert kept.startswith(b"0000")
    assert MIB <= len(kept) < 3 * MIB
    path.unlink()


def test_a_reader_that_is_overtaken_goes_on_with_what_is_kept(running: Running) -> None:
    settings = running.cloud.settings
    if not can_punch(settings.data_dir):
        pytest.skip("this system or its disk cannot free the beginning of a file")
    path = settings.process_log("overtaken")
    path.write_bytes(b"".join(f"{number:09}\n".encode() for number in range(400_000)))

    async def scenario() -> bytes:
        reader = aiter(LogStream(path))
        await anext(reader)
        logs_of(running, log_max_mb=1).cut_long()
        return b"".join([piece async for piece in reader])

    rest = asyncio.run(scenario())
    assert b"\0" not in rest
    assert rest.endswith(b"000399999\n")
    assert len(rest) < 2 * MIB
    path.unlink()


def test_a_game_server_that_makes_its_log_long_without_a_word_holds_up_nobody(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"first\n")
    os.truncate(path, 2**43)  # hours to read
    if not path.stat().st_blocks * 512 < MIB:
        pytest.skip("this system or its disk keeps no files with holes")
    with path.open("ab") as log:
        log.write(b"".join(b"%d\n" % number for number in range(20_000)))

    def last(lines: int) -> bytes:
        return asyncio.run(_whole(LogStream(path, start=tail_offset(path, lines))))

    assert last(2) == b"19998\n19999\n"
    assert last(1_000_000).endswith(b"\n19998\n19999\n")
    assert len(asyncio.run(_whole(LogStream(path)))) < MIB


def test_of_a_process_that_never_ran_it_is_said_why_there_is_no_log(running: Running) -> None:
    client = running.new_app()
    now = datetime.now(UTC)
    never_ran = ProcessRecord(
        process_id=f"never-ran-of-{client.app_id}",
        app_id=str(client.app_id),
        deployment_id=deploy(client).deployment_id,
        region=Region.SEATTLE,
        status=ProcessStatus.FAILED,
        created_at=now,
        terminated_at=now,
        exit_reason="no port is free",
    )
    with running.cloud.store.write() as connection:
        processes.add(connection, never_ran)
    with pytest.raises(Gone, match="never ran, so it has no log: no port is free"):
        client.logs_v1.get_logs_for_process(process_id=never_ran.process_id)


def test_a_process_that_has_ended_is_not_followed(running: Running) -> None:
    client = running.new_app()
    deploy(client)
    process_id = client.processes_v3.create_process(region=Region.SEATTLE).process_id
    say(when(client, process_id, "running"), b"leave")
    when(client, process_id, "stopped")
    with running.cloud.store.read() as connection:
        record = processes.get(connection, process_id)
    assert record is not None
    assert record.status == ProcessStatus.STOPPED
    stream = running.cloud.logs.tail(record, 1, follow=True)
    assert asyncio.run(_whole(stream)) == b"heard leave\n"


async def _whole(stream: LogStream) -> bytes:
    return b"".join([piece async for piece in stream])
