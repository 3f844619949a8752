"""Hooks of a deploy against a real cloud: what they are told, and what is left where one fails."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.errors import HookFailedError, PlanError
from hathora_deploy.pipeline.folder_build import build_folder
from hathora_deploy.pipeline.hooks import Hook, Hooks, HookView
from hathora_deploy.pipeline.package import package
from hathora_deploy.pipeline.settings import DeploySettings
from tests.pipeline.reporter import RecordingReporter

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from hathora_deploy.cloud.daemon import RunningCloud

Attempt = Callable[..., Deployed]


@pytest.fixture
def cloud(local_cloud: RunningCloud) -> Iterator[HathoraCloud]:
    with HathoraCloud(local_cloud.token, endpoint=local_cloud.endpoint) as cloud:
        app = cloud.apps_v2.create_app(app_name=f"hooks-{uuid4()}", auth_configuration={})
        cloud.app_id = app.app_id
        yield cloud
        cloud.apps_v2.delete_app()


@pytest.fixture
def game(folder: Path) -> Path:
    with (folder / "Dockerfile").open("a") as file:
        file.write('CMD ["sh", "game"]\n')
    (folder / "which").write_text(uuid4().hex)  # or the build of an earlier test would do
    return folder


@pytest.fixture
def attempt(cloud: HathoraCloud, game: Path, reporter: RecordingReporter) -> Attempt:
    def attempt(path: Path = game, *, timeout: float = 30.0, **hooks: Hook) -> Deployed:
        settings = DeploySettings(
            deployment_tag="live",
            build_tag="v1",
            hooks=Hooks(**hooks, timeout=timeout),
            rollback=True,
        )
        return deploy(cloud, path, settings=settings, reporter=reporter, environment=ENVIRONMENT)

    return attempt


ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GITHUB_ACTIONS": "true",
    "GITHUB_SHA": "a" * 40,
}


def left(cloud: HathoraCloud) -> tuple[set[str], int]:
    """The builds there are, and how many deployments."""
    builds = {build.build_id for build in cloud.builds_v3.get_builds().builds}
    return builds, len(cloud.deployments_v3.get_deployments().deployments)


def test_functions_are_told_what_is_known(
    attempt: Attempt, cloud: HathoraCloud, game: Path, reporter: RecordingReporter
) -> None:
    views: list[HookView] = []

    def hook(view: HookView) -> None:
        views.append(view)
        view.say(f"this is {view.point}")

    done = attempt(before_packaging=hook, after_build=hook, after_deploy=hook)
    before, built, deployed = views
    assert [view.point for view in views] == ["before-packaging", "after-build", "after-deploy"]
    assert {(view.folder, view.endpoint, view.app_id) for view in views} == {
        (game, cloud.endpoint, cloud.app_id)
    }
    assert {view.revision.tag for view in views} == {"a" * 40}
    assert (before.build, built.build, deployed.build) == (None, done.build, done.build)
    assert (built.deployment, deployed.deployment) == (None, done.deployment)
    steps = [step for step in reporter.steps if step.startswith(("hook", "reading", "deployed"))]
    assert steps == [
        "hook before-packaging",
        "reading",
        "hook after-build",
        "deployed",
        "hook after-deploy",
    ]
    assert "this is after-build" in reporter.lines


def test_commands_are_told_what_is_known_and_no_token(
    attempt: Attempt, cloud: HathoraCloud, reporter: RecordingReporter
) -> None:
    done = attempt(after_deploy="env")
    said = dict(line.split("=", 1) for line in reporter.lines if line.startswith("HATHORA_"))
    assert said == {
        "HATHORA_APP_ID": cloud.app_id,
        "HATHORA_CLOUD_ENDPOINT": cloud.endpoint,
        "HATHORA_HOOK": "after-deploy",
        "HATHORA_HOOK_REVISION": "a" * 40,
        "HATHORA_HOOK_BUILD_ID": done.build.build_id,
        "HATHORA_HOOK_BUILD_TAG": "v1",
        "HATHORA_HOOK_DEPLOYMENT_ID": done.deployment.deployment_id,
    }


def test_what_the_first_hook_makes_is_deployed(attempt: Attempt, game: Path) -> None:
    before = attempt().files
    done = attempt(before_packaging=["sh", "-c", "echo made > made"])
    assert done.files == before + 1


def test_of_an_archive_nothing_is_made_and_its_folder_is_that_of_the_other_hooks(
    attempt: Attempt, game: Path, reporter: RecordingReporter
) -> None:
    archive = game.with_name("game.tgz")
    package(game, archive, reporter=RecordingReporter())
    attempt(archive, before_packaging="exit 1", after_build="pwd")
    assert str(archive.parent) in reporter.lines


def test_where_the_first_hook_fails_nothing_has_happened(
    attempt: Attempt, cloud: HathoraCloud, reporter: RecordingReporter
) -> None:
    before = left(cloud)
    with pytest.raises(HookFailedError) as caught:
        attempt(before_packaging="seq 30; exit 3")
    error = caught.value
    assert str(error).startswith(
        "the hook before-packaging failed, `seq 30; exit 3`: exit status 3\n  | 11\n"
    )
    assert (error.hook, error.log[-1], error.deployment_id) == ("before-packaging", "30", None)
    assert "nothing was deployed" in str(error.hint)
    assert reporter.steps == ["hook before-packaging"]
    assert left(cloud) == before


def test_settings_that_are_no_good_are_told_before_a_hook_runs(
    cloud: HathoraCloud, game: Path, reporter: RecordingReporter
) -> None:
    hooks = Hooks(before_packaging="true", timeout=0)
    with pytest.raises(PlanError, match="the timeout of hooks must be more than 0"):
        deploy(cloud, game, settings=DeploySettings(hooks=hooks), reporter=reporter)
    assert reporter.steps == []


@pytest.mark.parametrize("end", [ValueError("no map"), KeyboardInterrupt()])
def test_where_the_second_hook_fails_no_build_and_no_deployment_is_left(
    attempt: Attempt, cloud: HathoraCloud, reporter: RecordingReporter, end: BaseException
) -> None:
    def hook(view: HookView) -> None:
        raise end

    before = left(cloud)
    with pytest.raises(
        HookFailedError, match=r"`test_where.*hook`: (ValueError|Keyboard)"
    ) as caught:
        attempt(after_build=hook)
    assert caught.value.__cause__ is end
    assert left(cloud) == before
    assert reporter.steps[-1].startswith("undoing build bld-")


def test_an_interruption_while_the_second_hook_runs_leaves_no_build(
    attempt: Attempt,
    cloud: HathoraCloud,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reporter, "hook_line", interrupt)
    before = left(cloud)
    with pytest.raises(KeyboardInterrupt):
        attempt(after_build="echo; sleep 600")
    assert left(cloud) == before


def test_a_build_that_there_was_stays_where_the_second_hook_fails(
    cloud: HathoraCloud, attempt: Attempt, game: Path, reporter: RecordingReporter
) -> None:
    settings = DeploySettings(hooks=Hooks(after_build="echo built"))
    made = build_folder(cloud, game, settings=settings, reporter=reporter)
    assert reporter.lines[-1] == "built"
    before = left(cloud)
    with pytest.raises(HookFailedError):
        attempt(after_build="false")
    assert left(cloud) == before
    assert made.build.build_id in before[0]
    with pytest.raises(HookFailedError):
        build_folder(
            cloud,
            game,
            settings=replace(settings, force=True, hooks=Hooks(after_build="false")),
            reporter=reporter,
        )
    assert left(cloud) == before


def test_where_the_last_hook_fails_the_deployment_is_live_and_can_be_rolled_back(
    attempt: Attempt, cloud: HathoraCloud, game: Path
) -> None:
    earlier = attempt().deployment
    (game / "which").write_text(uuid4().hex)
    with pytest.raises(HookFailedError) as caught:
        attempt(after_deploy="echo no connection; false")
    error, latest = caught.value, cloud.deployments_v3.get_latest_deployment()
    assert latest.build_id != earlier.build_id
    assert error.deployment_id == latest.deployment_id
    assert str(error).startswith(
        f"{latest.deployment_id} is live, but the hook after-deploy failed"
    )
    assert "hathora-deploy rollback" in str(error.hint)


def test_a_function_that_takes_too_long_is_left_behind(attempt: Attempt) -> None:
    released = threading.Event()

    def hook(view: HookView) -> None:
        released.wait()

    try:
        with pytest.raises(HookFailedError, match="it did not end within"):
            attempt(before_packaging=hook, timeout=0.1)
    finally:
        released.set()
