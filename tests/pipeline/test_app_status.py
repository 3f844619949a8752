"""What a status makes of what a cloud answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from hathora_deploy.api.errors import NotFound
from hathora_deploy.pipeline.app_status import StatusReader
from hathora_deploy.pipeline.running import Load
from tests.pipeline.long_past import NOW, QuietCloud, quiet_cloud


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuietCloud]:
    with quiet_cloud(tmp_path_factory.mktemp("quiet")) as cloud:
        yield cloud


def test_the_live_deployment_comes_first_and_old_ones_without_rooms_are_pointed_out(
    quiet: QuietCloud,
) -> None:
    app = quiet.new_app()
    old, live = quiet.deployed(app, 2)
    quiet.started(old, 3, status="draining")
    quiet.started(live, 2)
    (slow,) = quiet.started(live, 1, status="starting", at=NOW - timedelta(minutes=5))

    with quiet.client() as client:
        status = StatusReader(app).read(client, now=NOW)

    assert [(each.region, each.is_live, each.load.processes) for each in status.groups] == [
        ("London", True, 1),
        ("Seattle", True, 2),
        ("London", False, 1),
        ("Seattle", False, 2),
    ]
    assert status.groups[1].statuses == (("starting", 1), ("running", 1))
    assert status.groups[1].places == 8
    assert status.load == Load(6)
    still_starting, without_rooms = status.notices
    assert still_starting.command == f"hathora-deploy logs {slow.process_id}"
    assert without_rooms.what == "3 of 3 processes of older deployments run without rooms"


def test_only_failures_of_the_last_day_are_told_newest_first(quiet: QuietCloud) -> None:
    app = quiet.new_app()
    (live,) = quiet.deployed(app, 1)

    def failed(at: datetime) -> str:
        (process,) = quiet.started(live, 1, status="failed", at=at, terminated_at=at)
        return process.process_id

    failed(NOW - timedelta(hours=25))
    earlier = failed(NOW - timedelta(hours=23))
    later = failed(NOW - timedelta(hours=1))
    with quiet.client() as client:
        status = StatusReader(app).read(client, now=NOW)
    assert [each.process.process_id for each in status.failures] == [later, earlier]
    assert "nothing runs of the live deployment" in status.notices[0].what


def test_looking_again_asks_for_no_deployment_twice_and_nothing_new_is_equal(
    quiet: QuietCloud,
) -> None:
    app = quiet.new_app()
    for deployment in quiet.deployed(app, 6):
        quiet.started(deployment, 1)
    asked: list[str] = []
    with quiet.client(asked=asked) as client:
        reader = StatusReader(app)
        first = reader.read(client, now=NOW)
        at_first = len(asked)
        second = reader.read(client, now=NOW + timedelta(seconds=2))
    assert first == second
    assert (at_first, len(asked) - at_first) == (5 + 5, 5)


def test_an_app_without_deployments_says_what_to_do_and_one_that_is_gone_is_an_error(
    quiet: QuietCloud,
) -> None:
    app = quiet.new_app()
    with quiet.client() as client:
        status = StatusReader(app).read(client, now=NOW)
        assert status.live is None
        assert status.notices[0].command == "hathora-deploy PATH"
        client.apps_v2.delete_app(app_id=app.app_id)
        with pytest.raises(NotFound):
            StatusReader(app).read(client, now=NOW)
