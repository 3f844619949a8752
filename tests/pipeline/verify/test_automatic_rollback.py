from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.deployment import latest_deployment
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.errors import StartFailedError, VerifyFailedError
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.verify.game import Deploy, assert_nothing_runs, with_mode


@pytest.mark.parametrize("moment", ["deployed", "verifying", "verified"])
def test_an_interruption_leaves_no_process_and_not_what_nobody_has_verified(
    cloud: HathoraCloud, game: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    reporter = RecordingReporter()
    first = deploy(cloud, game, settings=with_mode("good"), reporter=reporter).deployment
    monkeypatch.setattr(reporter, moment, interrupt)
    with pytest.raises(KeyboardInterrupt):
        deploy(cloud, game, settings=with_mode("good", requested_cpu=0.75), reporter=reporter)
    assert_nothing_runs(cloud)  # the first one's has ended, too
    live = latest_deployment(cloud)
    assert live is not None
    assert DeploymentSpec.of(live) == DeploymentSpec.of(first)
    assert reporter.steps[-1] == "rolled back"


def test_a_deployment_that_does_not_verify_is_followed_by_the_earlier_one(
    cloud: HathoraCloud, game: Path, reporter: RecordingReporter
) -> None:
    first = deploy(cloud, game, settings=with_mode("good", requested_cpu=0.75), reporter=reporter)
    assert first.previous is None
    assert first.verified is not None
    with pytest.raises(VerifyFailedError, match="no map named dust") as caught:
        deploy(cloud, game, settings=with_mode("exits"), reporter=reporter)
    live = latest_deployment(cloud)
    assert live is not None
    assert DeploymentSpec.of(live) == DeploymentSpec.of(first.deployment)
    assert (live.build_id, live.deployment_tag) == (first.build.build_id, "good")
    assert caught.value.rolled_back_to == first.deployment.deployment_id
    assert caught.value.live_deployment_id == live.deployment_id


def test_a_room_that_does_not_start_is_reason_enough_after_a_verification(
    cloud: HathoraCloud, game: Path, reporter: RecordingReporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = deploy(cloud, game, settings=with_mode("good"), reporter=reporter)
    settings = with_mode("never binds", verification=None, rollback=True)
    settings = replace(settings, room_region=Region.LONDON, start_timeout=4)
    with pytest.raises(StartFailedError) as caught:
        deploy(cloud, game, settings=settings, reporter=reporter)
    assert caught.value.rolled_back_to == first.deployment.deployment_id


@pytest.mark.parametrize(
    ("earlier", "given", "why"),
    [
        (None, {}, "it is the first deployment"),
        ("exits", {}, "has the same build and settings"),
        ("good", {"rollback": False}, None),
    ],
)
def test_where_there_is_nothing_to_go_back_to_it_stays_and_that_is_said(
    cloud: HathoraCloud,
    game: Path,
    reporter: RecordingReporter,
    earlier: str | None,
    given: dict[str, bool],
    why: str | None,
) -> None:
    if earlier:
        deploy(cloud, game, settings=with_mode(earlier, verification=None), reporter=reporter)
    with pytest.raises(VerifyFailedError) as caught:
        deploy(cloud, game, settings=with_mode("exits", **given), reporter=reporter)
    live = latest_deployment(cloud)
    assert live is not None
    assert live.deployment_id == caught.value.deployment_id
    assert caught.value.rolled_back_to is None
    assert [warning for warning in reporter.warnings if "no rollback" in warning] == (
        [f"there was no rollback from {live.deployment_id}: {_why(why, cloud)}"] if why else []
    )


def _why(why: str, cloud: HathoraCloud) -> str:
    before = cloud.deployments_v3.get_deployments().deployments[1:]
    return f"{before[0].deployment_id} before it {why}" if before else why


def test_what_somebody_else_deployed_meanwhile_is_not_rolled_back_over(
    cloud: HathoraCloud,
    game: Path,
    deployed: Deploy,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deploy(cloud, game, settings=with_mode("good"), reporter=reporter)
    theirs: list[DeploymentV3] = []
    monkeypatch.setattr(reporter, "verifying", lambda *_: theirs.append(deployed("good")))
    with pytest.raises(VerifyFailedError):
        deploy(cloud, game, settings=with_mode("exits"), reporter=reporter)
    assert latest_deployment(cloud) == theirs[0]
    assert f"{theirs[0].deployment_id} was deployed meanwhile, and stays" in reporter.warnings[-1]


def test_an_earlier_build_that_is_gone_is_said_to_be(
    cloud: HathoraCloud,
    game: Path,
    deployed: Deploy,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build_id = f"bld-first-{uuid4().hex}"
    first = deploy(cloud, game, settings=with_mode("good", build_id=build_id), reporter=reporter)
    monkeypatch.setattr(
        reporter, "verifying", lambda *_: cloud.builds_v3.delete_build(build_id=build_id)
    )
    with pytest.raises(VerifyFailedError):
        deploy(cloud, game, settings=with_mode("exits"), reporter=reporter)
    said = (
        f"{first.deployment.deployment_id} cannot be deployed again: build {build_id} was deleted"
    )
    assert said in reporter.warnings[-1]
