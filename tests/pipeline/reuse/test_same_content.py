"""One content, one build: however often it is deployed, and by whom."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.archive import pack
from hathora_deploy.pipeline.compression import Compression
from hathora_deploy.pipeline.context import read_context
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.folder_build import build_folder
from hathora_deploy.pipeline.settings import DeploySettings
from tests.pipeline.proxy import FaultProxy
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.reuse.conftest import DOCKERFILE, Gate, Other, builds

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from tests.cloud.handlers.conftest import Running, eventually


def test_the_same_content_is_built_once_and_deployed_as_often_as_wanted(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    proxy: FaultProxy,
    reporter: RecordingReporter,
    other: Other,
) -> None:
    first = attempt(build_tag="v1", deployment_tag="v1")
    assert first.build.build_id == other.build_id
    assert not first.is_reused
    reporter.steps.clear()
    proxy.requests.clear()
    second = attempt(build_tag="v2", deployment_tag="v2")
    assert second.is_reused
    assert second.archive_size is None
    assert reporter.steps == ["reading", "reused", "deployed"]
    assert proxy.count(r"^PUT |POST /builds") == 0
    assert [build.build_id for build in builds(direct)] == [other.build_id]
    tags = [
        (deployment.build_tag, deployment.deployment_tag)
        for deployment in direct.deployments_v3.get_deployments().deployments
    ]
    assert tags == [("v1", "v2"), ("v1", "v1")]


def test_a_copy_of_a_folder_elsewhere_has_the_same_build(
    attempt: Callable[..., Deployed], tmp_path: Path
) -> None:
    attempt()
    copy = tmp_path / "a copy"
    copy.mkdir()
    (copy / "map").write_text("dust")
    (copy / "Dockerfile").write_text(DOCKERFILE)
    assert attempt(copy).is_reused
    (copy / "map").write_text("rust")
    assert not attempt(copy).is_reused


def test_an_archive_has_a_build_by_its_tar_however_that_is_compressed(
    attempt: Callable[..., Deployed], game: Path, tmp_path: Path
) -> None:
    archives = []
    for level in (1, 9):
        archives.append(tmp_path / f"{level}.tgz")
        with pack(read_context(game), compression=Compression(level)) as archive:
            archives[-1].write_bytes(archive.path.read_bytes())
    one, two = archives
    assert one.read_bytes() != two.read_bytes()
    assert not attempt(one).is_reused
    assert attempt(two).is_reused


def test_a_build_without_a_deployment_reuses_too(
    cloud: HathoraCloud, game: Path, reporter: RecordingReporter
) -> None:
    one, two = (
        build_folder(cloud, game, settings=DeploySettings(), reporter=reporter) for _ in range(2)
    )
    assert (one.is_reused, two.is_reused) == (False, True)
    assert one.build == two.build


def test_force_builds_again_beside_what_there_is(
    attempt: Callable[..., Deployed], direct: HathoraCloud, other: Other
) -> None:
    assert attempt(force=True).build.build_id == other.build_id
    again = attempt(force=True)
    assert not again.is_reused
    assert again.build.build_id.startswith(f"{other.build_id}-")
    assert len(builds(direct)) == 2
    assert attempt().build.build_id == other.build_id


def test_an_id_that_was_chosen_is_used_and_nothing_is_read_for_it(
    attempt: Callable[..., Deployed], reporter: RecordingReporter
) -> None:
    attempt()
    reporter.steps.clear()
    assert attempt(build_id="bld-mine").build.build_id == "bld-mine"
    assert reporter.steps[0] == "packaging"


def test_a_build_that_succeeded_is_kept_when_its_deploy_is_interrupted(
    attempt: Callable[..., Deployed],
    other: Other,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(build_id: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reporter, "built", interrupt)
        with pytest.raises(KeyboardInterrupt):
            attempt()
    assert other.status() == BuildStatus.SUCCEEDED
    assert attempt().is_reused


def test_two_pipelines_at_once_make_one_build_for_two_apps(
    direct: HathoraCloud,
    running: Running,
    game: Path,
    gate: Gate,
    proxy: FaultProxy,
    tmp_path: Path,
) -> None:
    gate.is_open.clear()
    other = direct.apps_v2.create_app(app_name="other", auth_configuration={})
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "HATHORA_TOKEN": running.cloud.settings.token_file.read_text(),
        "HATHORA_CLOUD_ENDPOINT": proxy.endpoint,
    }
    line = [sys.executable, "-m", "hathora_deploy", str(game), "--no-room", "--output", "json"]
    with ExitStack() as stack:
        pipelines = [
            stack.enter_context(
                subprocess.Popen(
                    line,
                    env={**environment, "HATHORA_APP_ID": app_id},
                    cwd=tmp_path,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )
            for app_id in (str(direct.app_id), other.app_id)
        ]
        for pipeline in pipelines:
            stack.callback(pipeline.kill)
        eventually(lambda: proxy.count(r"/run$"), lambda count: count == 2)
        gate.is_open.set()
        told = [pipeline.communicate(timeout=60) for pipeline in pipelines]
    assert [pipeline.returncode for pipeline in pipelines] == [0, 0], told
    results = [json.loads(out) for out, _ in told]
    assert sorted(result["reused"] for result in results) == [False, True]
    (build,) = builds(direct)
    assert {result["build"]["buildId"] for result in results} == {build.build_id}
    latest = [
        direct.deployments_v3.get_latest_deployment(app_id=result["deployment"]["appId"])
        for result in results
    ]
    assert [each.deployment_id for each in latest] == [
        result["deployment"]["deploymentId"] for result in results
    ]
    direct.apps_v2.delete_app(app_id=other.app_id)
