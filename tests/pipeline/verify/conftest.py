"""Deployments are verified by processes of theirs, on a real cloud that runs real game servers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deployment import Earlier, create_deployment
from hathora_deploy.pipeline.folder_build import build_folder
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.secret import Secret
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.verify.game import DOCKERFILE, GAME, SPEC, Deploy

if sys.platform != "win32":
    from hathora_deploy.cloud import daemon
    from hathora_deploy.cloud.daemon import RunningCloud
    from hathora_deploy.cloud.settings import CloudSettings


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    if sys.platform == "win32":
        pytest.skip("the cloud runs on Linux and macOS")
    home = tmp_path_factory.mktemp("cloud")
    yield daemon.start(CloudSettings(data_dir=home, runtime="process", port=0))
    daemon.stop(home)


@pytest.fixture(scope="module")
def account(running: RunningCloud) -> Iterator[HathoraCloud]:
    cloud = HathoraCloud(running.token, endpoint=running.endpoint)
    yield cloud
    cloud.close()


@pytest.fixture
def cloud(account: HathoraCloud) -> Iterator[HathoraCloud]:
    """With an app of the test's own."""
    account.app_id = account.apps_v2.create_app(app_name="game", auth_configuration={}).app_id
    yield account
    account.apps_v2.delete_app()


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A game server that is as good as its variable MODE says."""
    folder = tmp_path_factory.mktemp("game")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "game.py").write_text(GAME)
    return folder


@pytest.fixture(scope="module")
def build(account: HathoraCloud, game: Path) -> BuildV3:
    settings = DeploySettings(build_id="bld-game")
    return build_folder(account, game, settings=settings, reporter=RecordingReporter()).build


@pytest.fixture
def deployed(cloud: HathoraCloud, build: BuildV3, reporter: RecordingReporter) -> Deploy:
    def deployed(mode: str, **fields: object) -> DeploymentV3:
        spec = replace(SPEC, env={"MODE": Secret(mode)}, **fields)  # type: ignore[arg-type]  # any of its fields
        return create_deployment(
            cloud, build.build_id, spec, earlier=Earlier(cloud), reporter=reporter
        )

    return deployed
