"""Running processes are looked at while there are any; what is too old is forgotten."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessMetricName
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
from tests.cloud.handlers.conftest import LISTEN, Running, deploy, eventually, game
from tests.cloud.nvidia import stand_in
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


def programs(process_id: str) -> list[int]:
    """Of the game server itself, by what it was given: its keeper has another environment."""
    found = []
    for program in psutil.process_iter():
        with suppress(psutil.Error):
            if program.environ().get("HATHORA_PROCESS_ID") == process_id:
                found.append(program.pid)
    return found


def kept(cloud: Cloud, process_id: str) -> list[SampleRecord]:
    long = timedelta(days=365)
    now = datetime.now(UTC)
    with cloud.store.read() as connection:
        return samples.of_process(connection, process_id, start=now - long, end=now + long)


def test_a_process_is_looked_at_until_it_has_ended(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = running.cloud.runtime.measure
    measured: list[datetime] = []

    def measure_and_note(handle: str, ports: Sequence[PortBinding]) -> Measurement:
        used = measure(handle, ports)
        if used != Measurement():
            measured.append(datetime.now(UTC))
            time.sleep(0.01)  # in which it might end
        return used

    monkeypatch.setattr(running.cloud.runtime, "measure", measure_and_note)
    client = running.new_app()
    deploy(client)
    first = start(client)
    seen = eventually(lambda: kept(running.cloud, first), lambda found: len(found) > 2)
    assert all(sample.at <= at for sample, at in zip(seen, measured, strict=False))

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


def test_what_all_its_programs_use_of_gpus_is_kept_and_shown(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No machine of the tests has a card: a program that prints what ``nvidia-smi`` does stands in."""
    nvidia = stand_in(tmp_path / "nvidia", monkeypatch)
    client = running.new_app()
    twice = "import subprocess; subprocess.Popen(['sleep', '600'])"
    deploy(client, game(twice + LISTEN))
    process_id, other = start(client), start(client)
    pids = eventually(lambda: programs(process_id), lambda found: len(found) == 2)
    rows = [f"0 {pid} C 25 1 - - 100 game" for pid in (*pids, os.getpid())]
    nvidia.prints(every="\n".join(["# gpu pid type sm mem enc dec fb command", *rows]))

    shown = eventually(
        lambda: client.processes_v3.get_process_metrics(
            process_id=process_id, metrics=list(ProcessMetricName), start=time.time() - 600
        ),
        lambda metrics: bool(metrics.gpu_memory),
    )

    assert shown.gpu_memory is not None
    assert {point.value for point in shown.gpu_memory} == {200 << 20}
    assert shown.gpu_utilization is not None
    assert {point.value for point in shown.gpu_utilization} == {0.5}
    assert all(sample.gpu_memory is None for sample in kept(running.cloud, other))


def test_a_card_that_nobody_can_ask_does_not_keep_processes_from_being_measured(
    running: Running,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The program that stands in for ``nvidia-smi`` fails as the real one does without its driver."""
    nvidia = stand_in(tmp_path / "nvidia", monkeypatch)
    client = running.new_app()
    deploy(client)
    process_id = start(client)

    eventually(lambda: nvidia.asked, lambda asked: len(asked) > 4)
    eventually(lambda: kept(running.cloud, process_id), lambda found: len(found) > 2)

    told = [record.getMessage() for record in caplog.records if "GPU" in record.getMessage()]
    assert told == [
        "what processes use of GPUs is not measured: nvidia-smi fails, or takes too long"
    ]


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
