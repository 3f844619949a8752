"""A folder, or an archive of one, becomes the deployment that was asked for."""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.errors import Unauthorized
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.errors import (
    ContextError,
    PlanError,
)
from hathora_deploy.pipeline.folder_build import build_folder
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.secret import Secret
from tests.pipeline.deploy.conftest import DOCKERFILE, SEATTLE, processes
from tests.pipeline.proxy import FaultProxy
from tests.pipeline.reporter import RecordingReporter

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from hathora_deploy.cloud.daemon import RunningCloud


def test_a_folder_becomes_a_deployment_with_a_room_that_players_can_reach(
    attempt: Callable[..., Deployed], direct: HathoraCloud, reporter: RecordingReporter
) -> None:
    done = attempt(SEATTLE)
    assert done.build.status == BuildStatus.SUCCEEDED
    assert done.deployment.default_container_port.port == 7777
    assert done.room is not None
    info = direct.rooms_v2.get_connection_info(room_id=done.room.room_id)
    assert info.exposed_port == done.room.address
    assert reporter.steps == [
        "reading",
        "packaging",
        "packed",
        "uploading",
        "upload complete",
        "building",
        "built",
        "deployed",
        "room starting",
        "room running",
    ]
    assert reporter.sent_bytes == reporter.total_bytes == done.archive_size
    assert any("Successfully built" in line for line in reporter.lines)


def test_without_a_region_no_room_is_created(
    attempt: Callable[..., Deployed], direct: HathoraCloud
) -> None:
    assert attempt().room is None
    assert processes(direct) == []


def test_a_folder_can_be_built_without_an_app_or_a_port(
    cloud: HathoraCloud, game: Path, direct: HathoraCloud, reporter: RecordingReporter
) -> None:
    cloud.app_id = None
    (game / "Dockerfile").write_text(DOCKERFILE.replace("EXPOSE 7777/udp\n", ""))
    settings = DeploySettings(build_tag="1.2")
    built = build_folder(cloud, game, settings=settings, reporter=reporter).build
    assert direct.builds_v3.get_build(build_id=built.build_id).build_tag == "1.2"
    assert reporter.steps[-1] == "built"


def test_what_is_set_reaches_the_deployment(
    attempt: Callable[..., Deployed], direct: HathoraCloud
) -> None:
    build_id = f"bld-nightly-{uuid4().hex}"
    made = attempt(
        DeploySettings(
            build_id=build_id,
            deployment_tag="live",
            requested_cpu=0.25,
            rooms_per_process=4,
            idle_timeout_enabled=False,
            env={"MAP": Secret("dust")},
        )
    )
    found = direct.deployments_v3.get_latest_deployment()
    assert found.deployment_id == made.deployment.deployment_id
    assert (found.build_id, found.deployment_tag) == (build_id, "live")
    assert (found.requested_cpu, found.rooms_per_process) == (0.25, 4)
    assert found.idle_timeout_enabled is False
    assert [(each.name, each.value.reveal()) for each in found.env] == [("MAP", "dust")]


def test_nothing_is_packed_before_app_and_token_are_checked(
    cloud: HathoraCloud, game: Path, reporter: RecordingReporter, running: RunningCloud
) -> None:
    settings = DeploySettings()
    cloud.app_id = "app-nowhere"
    with pytest.raises(PlanError, match="there is no app app-nowhere at http://127") as caught:
        deploy(cloud, game, settings=settings, reporter=reporter)
    assert "hathora-deploy apps" in str(caught.value.hint)
    cloud.app_id = None
    with pytest.raises(PlanError, match="no app is named"):
        deploy(cloud, str(game), settings=settings, reporter=reporter)
    stranger = HathoraCloud("wrong", app_id="app-1", endpoint=running.endpoint)
    with pytest.raises(Unauthorized):
        deploy(stranger, game, settings=settings, reporter=reporter)
    assert reporter.steps == []


def test_mistakes_in_folder_and_settings_are_found_before_the_cloud_is_asked(
    cloud: HathoraCloud, game: Path, proxy: FaultProxy, reporter: RecordingReporter
) -> None:
    with pytest.raises(PlanError, match="requested_cpu"):
        deploy(cloud, game, settings=DeploySettings(requested_cpu=9), reporter=reporter)
    (game / "Dockerfile").write_text("FROM scratch\nEXPOSE all\n")
    with pytest.raises(ContextError, match=r"Dockerfile, line 2: "):
        deploy(cloud, game, settings=DeploySettings(), reporter=reporter)
    (game / "Dockerfile").write_bytes(b"FROM scr\xe4tch\n")
    with pytest.raises(ContextError, match="is not UTF-8"):
        deploy(cloud, game, settings=DeploySettings(), reporter=reporter)
    assert proxy.requests == []


def test_a_repository_in_the_context_is_a_warning(
    attempt: Callable[..., Deployed], game: Path, reporter: RecordingReporter
) -> None:
    (game / ".git").mkdir()
    attempt()
    assert any(".dockerignore" in warning for warning in reporter.warnings)


def test_an_archive_is_deployed_as_a_folder_is_and_looked_into_as_well(
    cloud: HathoraCloud, game: Path, tmp_path: Path, reporter: RecordingReporter
) -> None:
    (game / ".env").write_text("A=1")
    given = tmp_path / "game.tgz"
    with tarfile.open(given, "w:gz") as tar:
        tar.add(game, ".")
    first = deploy(cloud, given, settings=DeploySettings(), reporter=reporter)
    assert first.archive_size == given.stat().st_size
    assert (first.files, first.context_size) == (4, sum(f.stat().st_size for f in game.iterdir()))
    (warning,) = reporter.warnings
    assert ".env" in warning
    again = deploy(cloud, given, settings=DeploySettings(), reporter=reporter)
    assert again.is_reused


def test_no_value_of_a_variable_and_no_token_is_in_what_is_reported(
    attempt: Callable[..., Deployed], reporter: RecordingReporter, running: RunningCloud
) -> None:
    done = attempt(DeploySettings(env={"KEY": Secret("hush-hush")}))
    said = json.dumps([reporter.steps, reporter.lines, reporter.warnings]) + repr(done)
    assert "hush-hush" not in said
    assert running.token.reveal() not in said
