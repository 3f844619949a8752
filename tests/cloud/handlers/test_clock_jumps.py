"""The clock of the cloud's machine is set while games are played."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from hathora_deploy.api.network import Region
from hathora_deploy.cloud.artifacts import directory
from hathora_deploy.cloud.settings import CloudSettings
from tests.cloud.handlers.conftest import Running, deploy, eventually
from tests.cloud.handlers.test_processes import say, start, when
from tests.cloud.handlers.test_rooms import when_active
from tests.cloud.test_reconciler import running as served_cloud

SetClock = Callable[[timedelta], None]


class Clock(datetime):
    """Wrong by so much, unlike the one that only ever goes on."""

    wrong_by = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a plain one
        return datetime.now(tz) + cls.wrong_by

    @classmethod
    def seconds(cls, right: Callable[[], float] = time.time) -> float:
        return right() + cls.wrong_by.total_seconds()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("cloud")
    settings = CloudSettings(
        data_dir=folder,
        runtime="process",
        stop_grace=1,
        sample_interval=0.1,
        expiry_interval=0.1,
        log_retention_hours=7 * 24,
    )
    with served_cloud(settings) as cloud:
        yield cloud


@pytest.fixture
def set_clock(running: Running, monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Sets that of the cloud, which runs."""
    for name, module in list(sys.modules.items()):
        if name.startswith("hathora_deploy.cloud.") and vars(module).get("datetime") is datetime:
            monkeypatch.setattr(module, "datetime", Clock)
    monkeypatch.setattr(time, "time", Clock.seconds)
    # The clock of the disk stays right: an upload that goes on would look as old as the jump is wide.
    last_written = directory._last_written
    monkeypatch.setattr(
        directory,
        "_last_written",
        lambda upload: last_written(upload) + Clock.wrong_by.total_seconds(),
    )

    def set_(wrong_by: timedelta) -> None:
        monkeypatch.setattr(Clock, "wrong_by", wrong_by)

    return set_


@pytest.mark.parametrize("jump", [timedelta(days=3), timedelta(hours=-1)], ids=str)
def test_nothing_ends_and_nothing_is_lost_and_what_comes_afterwards_is_as_ever(
    running: Running, set_clock: SetClock, jump: timedelta
) -> None:
    client = running.new_app()
    deploy(client, idle_timeout_enabled=True)
    played = client.rooms_v2.create_room(region=Region.SEATTLE)
    address = when_active(client, played.room_id).exposed_port
    empty, over = (when(client, start(client), "running") for _ in range(2))
    say(over, b"crash")
    when(client, over.process_id, "failed")

    set_clock(jump)

    latest = deploy(client, idle_timeout_enabled=True)
    after = client.rooms_v2.create_room(region=Region.SEATTLE)
    when_active(client, after.room_id)
    new = client.processes_v3.get_process(process_id=after.process_id)
    assert new.deployment_id == latest.deployment_id
    assert abs(new.created_at - datetime.now(UTC) - jump) < timedelta(minutes=1)
    # By then the cloud has looked at everything, more than once.
    begin = int((datetime.now(UTC) + jump).timestamp())
    eventually(
        lambda: client.processes_v3.get_process_metrics(
            process_id=new.process_id, start=begin, end=begin + 60, step=1
        ),
        lambda metrics: len(metrics.cpu or ()) > 1,
    )
    for process_id in (played.process_id, empty.process_id, new.process_id):
        assert client.processes_v3.get_process(process_id=process_id).status == "running"
    assert when_active(client, played.room_id).exposed_port == address
    for process_id in (played.process_id, over.process_id):
        with client.logs_v1.get_logs_for_process(process_id=process_id) as log:
            assert log.read().startswith(b"room")

    set_clock(timedelta(0))

    when_active(client, client.rooms_v2.create_room(region=Region.SEATTLE).room_id)
    client.processes_v3.stop_process(process_id=new.process_id)
    ended = when(client, new.process_id, "stopped")
    moments = [ended.created_at, ended.started_at, ended.stopping_at, ended.terminated_at]
    assert moments == sorted(moment for moment in moments if moment is not None)
    assert when_active(client, played.room_id).exposed_port == address
