"""Running processes are looked at while there are any; what is too old is forgotten."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import sampler
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.errors import CloudError
from hathora_deploy.cloud.runtime.port import Measurement, PortBinding
from hathora_deploy.cloud.sampler import Sampler
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import samples
from hathora_deploy.cloud.state.samples import SampleRecord
from tests.cloud.handlers.conftest import Running, deploy, eventually
from tests.cloud.serving import served


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    settings = CloudSettings(
        data_dir=tmp_path, runtime="process", stop_grace=1, sample_interval=0.05
    )
    cloud = Cloud.open(settings)
    cloud.start()
    with served(create_app(cloud)) as endpoint:
        client = HathoraCloud(settings.token_file.read_text(), endpoint=endpoint)
        yield Running(cloud, endpoint, client)
        cloud.close()


def start(client: HathoraCloud) -> str:
    return client.processes_v3.create_process(region=Region.SEATTLE).process_id


def kept(cloud: Cloud, process_id: str) -> list[SampleRecord]:
    long = timedelta(days=365)
    now = datetime.now(UTC)
    with cloud.store.read() as connection:
        return samples.of_process(connection, process_id, start=now - long, end=now + long)


def test_a_process_is_looked_at_until_it_has_ended(running: Running) -> None:
    client = running.new_app()
    deploy(client)
    first = start(client)
    eventually(lambda: kept(running.cloud, first), lambda found: len(found) > 2)

    client.processes_v3.stop_process(process_id=first)
    ended = eventually(
        lambda: client.processes_v3.get_process(process_id=first),
        lambda process: process.status == "stopped",
    ).terminated_at
    second = start(client)
    eventually(lambda: kept(running.cloud, second), lambda found: len(found) > 2)

    assert ended is not None
    assert all(sample.at <= ended for sample in kept(running.cloud, first))


def test_what_is_too_old_is_forgotten(running: Running) -> None:
    client = running.new_app()
    deploy(client)
    process_id = start(client)
    now = datetime.now(UTC)
    old, young = now - timedelta(hours=73), now - timedelta(hours=71)
    with running.cloud.store.write() as connection:
        samples.add(
            connection,
            [SampleRecord(process_id, at, 0.5, 100, None, None) for at in (old, young)],
        )

    found = eventually(lambda: kept(running.cloud, process_id), lambda found: len(found) > 3)

    assert abs(found[0].at - young) < timedelta(milliseconds=1)


def test_a_process_that_cannot_be_measured_does_not_keep_others_from_it_and_is_told_of_once(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = running.new_app()
    deploy(client)
    good, bad = start(client), start(client)
    measure = running.cloud.runtime.measure
    refused = []

    def measure_some(handle: str, ports: Sequence[PortBinding]) -> Measurement:
        if bad in handle:
            refused.append(handle)
            raise CloudError("the engine does not answer")
        return measure(handle, ports)

    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(running.cloud.runtime, "measure", measure_some)
    eventually(lambda: refused, lambda found: len(found) > 2)
    eventually(lambda: kept(running.cloud, good), lambda found: len(found) > 2)

    told = [record.getMessage() for record in caplog.records if bad in record.getMessage()]
    assert told == [f"process {bad} is not measured: the engine does not answer"]


def test_it_looks_once_for_each_time_it_is_told_of_live_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = Cloud.open(CloudSettings(data_dir=tmp_path, runtime="process"))
    settings = CloudSettings(data_dir=tmp_path, sample_interval=0)
    alone = Sampler(
        settings=settings, store=cloud.store, runtime=cloud.runtime, node_id=cloud.node.node_id
    )
    looks = []
    monkeypatch.setattr(sampler.assignments, "of_node", lambda *_: looks.append(1) or [])

    alone.start()
    alone.wake()
    eventually(lambda: looks, bool)
    alone.close()

    assert len(looks) == 1
    cloud.store.close()
