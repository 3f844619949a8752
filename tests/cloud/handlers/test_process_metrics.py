"""What is told of the use of processes, from a cloud that looks often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.api.network import MetricValue, Region
from hathora_deploy.api.processes import ProcessMetricName
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import samples
from hathora_deploy.cloud.state.samples import SampleRecord
from tests.cloud.handlers.conftest import LISTEN, Running, deploy, eventually, game
from tests.cloud.serving import served

BUSY = LISTEN.replace("data, address = game.recvfrom(1500)", "continue")
EVERY = list(ProcessMetricName)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = CloudSettings(
        data_dir=tmp_path_factory.mktemp("cloud"),
        runtime="process",
        stop_grace=2,
        sample_interval=0.1,
    )
    cloud = Cloud.open(settings)
    cloud.start()
    with served(create_app(cloud)) as endpoint:
        client = HathoraCloud(settings.token_file.read_text(), endpoint=endpoint)
        yield Running(cloud, endpoint, client)
        cloud.close()


def start(client: HathoraCloud, script: str = LISTEN) -> str:
    """A process that runs, and is looked at."""
    deploy(client, game(script))
    process_id = client.processes_v3.create_process(region=Region.SEATTLE).process_id
    eventually(
        lambda: client.processes_v3.get_process(process_id=process_id),
        lambda process: process.status == "running",
    )
    return process_id


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def test_what_a_process_uses_is_shown_in_cores_and_bytes(client: HathoraCloud) -> None:
    process_id = start(client, BUSY)

    shown = eventually(
        lambda: client.processes_v3.get_process_metrics(process_id=process_id),
        lambda data: bool(data.cpu and data.cpu[-1].value > 0.1),
    )

    assert shown.memory
    assert 1 << 20 < shown.memory[-1].value < 1 << 30
    assert shown.cpu is not None
    assert shown.cpu[-1].value < 4


def test_without_names_the_usual_metrics_are_shown_and_with_names_those(
    client: HathoraCloud,
) -> None:
    process_id = start(client)
    show = client.processes_v3.get_process_metrics

    usual = show(process_id=process_id)
    named = show(process_id=process_id, metrics=[ProcessMetricName.TOTAL_EGRESS])

    assert set(usual.model_dump(by_alias=True)) == {"cpu", "memory", "rateEgress"}
    assert set(named.model_dump(by_alias=True)) == {"totalEgress"}


def test_what_cannot_be_told_has_no_points_and_of_gpus_it_does_not_use_nothing_is_said(
    client: HathoraCloud,
) -> None:
    process_id = start(client)

    shown = eventually(
        lambda: client.processes_v3.get_process_metrics(process_id=process_id, metrics=EVERY),
        lambda data: bool(data.memory),
    )

    assert (shown.total_egress, shown.rate_egress, shown.active_connections) == ([], [], [])
    assert (shown.gpu_memory, shown.gpu_utilization) == (None, None)


def test_points_are_means_of_the_steps_that_have_samples(
    running: Running, client: HathoraCloud
) -> None:
    process_id = start(client)
    noon = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    kept = [
        SampleRecord(process_id, noon + timedelta(seconds=second), cpu, memory, total, players)
        for second, cpu, memory, total, players in [
            (-1, 9.0, 9, 9, 9),
            (0, None, 100, 0, 1),
            (10, 0.5, 200, 1000, 2),
            (19.999, 1.0, 300, 2000, 2),
            (40, 0.25, 50, 3000, 0),
            (60, 9.0, 9, 9, 9),
        ]
    ]
    with running.cloud.store.write() as connection:
        samples.add(connection, kept)

    shown = client.processes_v3.get_process_metrics(
        process_id=process_id,
        start=seconds(noon),
        end=seconds(noon) + 60,
        step=20,
        metrics=EVERY,
    )

    def points(values: list[MetricValue] | None) -> list[tuple[float, float]]:
        assert values is not None
        return [(point.timestamp - seconds(noon), point.value) for point in values]

    assert points(shown.cpu) == [(0, 0.75), (40, 0.25)]
    assert points(shown.memory) == [(0, 200), (40, 50)]
    assert points(shown.total_egress) == [(0, 2000), (40, 3000)]
    assert points(shown.active_connections) == [(0, 1.666667), (40, 0)]
    assert points(shown.rate_egress) == [(0, pytest.approx(100, abs=0.1)), (40, 49.9975)]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"step": 0}, "step"),
        ({"step": -60}, "step"),
        ({"start": 0.0, "step": 60}, "take a longer step"),
        ({"start": 1e9, "end": 1e9}, "before the end"),
        ({"start": 1e11}, "before the end"),
        ({"end": 1.7e12}, "end: no such moment, in Unix seconds"),
        ({"start": -1e300}, "start: no such moment"),
    ],
)
def test_a_time_that_cannot_be_shown_is_refused_with_the_reason(
    client: HathoraCloud, asked: dict[str, float], message: str
) -> None:
    with pytest.raises(UnprocessableEntity, match=message):
        client.processes_v3.get_process_metrics(process_id="x", **asked)  # type: ignore[arg-type]  # of the test


@pytest.mark.parametrize("step", [3601, 10**400])
def test_a_step_that_is_longer_than_the_time_is_the_only_one(
    client: HathoraCloud, step: int
) -> None:
    process_id = start(client)
    end = seconds(datetime.now(UTC)) + 60

    def shown() -> list[MetricValue]:
        metrics = client.processes_v3.get_process_metrics(
            process_id=process_id, start=end - 3600, end=end, step=step
        )
        return metrics.memory or []

    assert [point.timestamp for point in eventually(shown, bool)] == [end - 3600]


def test_the_metrics_of_a_process_of_another_organization_are_not_found(
    running: Running, client: HathoraCloud
) -> None:
    process_id = start(client)

    with pytest.raises(NotFound):
        running.other_org().processes_v3.get_process_metrics(
            app_id=str(client.app_id), process_id=process_id
        )
