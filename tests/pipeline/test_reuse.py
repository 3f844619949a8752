"""One content, one build: against a real cloud whose builds wait at a gate, and a proxy that breaks what it is told to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hathora_deploy.api.builds import BuildStatus, BuildV3
from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import ConnectionError
from hathora_deploy.pipeline.archive import pack
from hathora_deploy.pipeline.compression import Compression
from hathora_deploy.pipeline.context import read_context
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.digest import content_build_id, content_digest
from hathora_deploy.pipeline.errors import BuildFailedError, ContextError
from hathora_deploy.pipeline.folder_build import build_folder
from hathora_deploy.pipeline.hashes import hash_files
from hathora_deploy.pipeline.reuse import Course, course
from hathora_deploy.pipeline.settings import DeploySettings, UploadSettings
from tests.pipeline.proxy import Fault, FaultProxy
from tests.pipeline.reporter import RecordingReporter

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.errors import BuildCancelled
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import builds as build_records
from tests.cloud.handlers.conftest import Running, eventually, upload
from tests.cloud.serving import served

DOCKERFILE = f'FROM python\nCOPY . /game\nEXPOSE 7777/udp\nCMD ["{sys.executable}", "-V"]\n'
FAILING = "FROM python\nEXPOSE 7777/udp\nCOPY missing /\n"


@dataclass
class Gate:
    """Where every build of the cloud waits until it is open."""

    is_open: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def gate() -> Gate:
    gate = Gate()
    gate.is_open.set()
    return gate


@pytest.fixture
def running(tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    settings = CloudSettings(data_dir=tmp_path / "cloud", runtime="process")
    cloud = Cloud.open(settings)
    real = cloud.runtime.build

    def build(build_id: str, archive: Path, log: Any, cancelled: threading.Event) -> Any:
        log("at the gate")
        while not gate.is_open.wait(0.01):
            if cancelled.is_set():
                raise BuildCancelled("cancelled at the gate")
        return real(build_id, archive, log, cancelled)

    monkeypatch.setattr(cloud.runtime, "build", build)
    cloud.start()
    with served(create_app(cloud)) as endpoint:
        client = HathoraCloud(settings.token_file.read_text(), endpoint=endpoint)
        yield Running(cloud, endpoint, client)
        gate.is_open.set()
        cloud.close()


@pytest.fixture
def direct(running: Running) -> HathoraCloud:
    """The cloud as it is, as somebody else uses it."""
    return running.new_app("game")


@pytest.fixture
def proxy(running: Running) -> Iterator[FaultProxy]:
    with FaultProxy(running.endpoint) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield proxy
        proxy.shutdown()
        thread.join()


@pytest.fixture
def cloud(direct: HathoraCloud, running: Running, proxy: FaultProxy) -> HathoraCloud:
    """The same app, through the proxy."""
    token = running.cloud.settings.token_file.read_text()
    return HathoraCloud(token, app_id=direct.app_id, endpoint=proxy.endpoint, timeout=20)


@pytest.fixture
def game(tmp_path: Path) -> Path:
    folder = tmp_path / "game"
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "map").write_text("dust")
    return folder


@pytest.fixture
def attempt(
    cloud: HathoraCloud, game: Path, reporter: RecordingReporter
) -> Callable[..., Deployed]:
    def attempt(folder: Path = game, **settings: Any) -> Deployed:
        return deploy(cloud, folder, settings=DeploySettings(**settings), reporter=reporter)

    return attempt


@dataclass(frozen=True)
class Other:
    """Another pipeline, which deploys the same folder."""

    running: Running
    client: HathoraCloud
    folder: Path

    @property
    def build_id(self) -> str:
        entries = read_context(self.folder).entries
        return content_build_id(content_digest(entries, hash_files(entries).by_path()))

    def create(self) -> BuildV3:
        """Create the build and upload nothing."""
        return self.client.builds_v3.create_build(
            build_size_in_bytes=1000, build_id=self.build_id, build_tag="other"
        )

    def begin(self) -> None:
        """Create the build, upload and run it; it goes on when nobody reads its log."""
        with pack(read_context(self.folder)) as archive:
            data = archive.path.read_bytes()
        created = self.client.builds_v3.create_build(
            build_size_in_bytes=len(data), build_id=self.build_id, build_tag="other"
        )
        upload(created, data)
        self.client.builds_v3.run_build(build_id=self.build_id).close()

    def delete(self) -> None:
        self.client.builds_v3.delete_build(build_id=self.build_id)

    def status(self) -> BuildStatus:
        return self.client.builds_v3.get_build(build_id=self.build_id).status

    def make_older(self, by: timedelta) -> None:
        cloud = self.running.cloud
        (org_id,) = {build.org_id for build in builds(self.client)}
        with cloud.store.write() as connection:
            record = build_records.get(connection, org_id, self.build_id)
            assert record is not None
            build_records.change(connection, record.key, created_at=record.created_at - by)


@pytest.fixture
def other(running: Running, direct: HathoraCloud, game: Path) -> Other:
    return Other(running, direct, game)


def builds(cloud: HathoraCloud) -> list[BuildV3]:
    return cloud.builds_v3.get_builds().builds


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


def test_a_build_that_another_deploy_runs_is_waited_for_with_its_log(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    other: Other,
    gate: Gate,
    proxy: FaultProxy,
    reporter: RecordingReporter,
) -> None:
    gate.is_open.clear()
    other.begin()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(attempt)
        eventually(lambda: reporter.lines, bool)
        gate.is_open.set()
        done = waiting.result()
    assert done.is_reused
    assert done.build.status == BuildStatus.SUCCEEDED
    assert any("Successfully built" in line for line in reporter.lines)
    assert reporter.steps == ["reading", "building", "reused", "deployed"]
    assert [build.build_tag for build in builds(direct)] == ["other"]
    assert proxy.count("^PUT ") == 0


def test_a_cloud_that_does_not_give_the_log_again_is_asked_for_the_verdict(
    attempt: Callable[..., Deployed],
    other: Other,
    gate: Gate,
    proxy: FaultProxy,
    reporter: RecordingReporter,
) -> None:
    gate.is_open.clear()
    other.begin()
    proxy.faults = [Fault(r"/run$", refuse_with=400, meanwhile=gate.is_open.set)]
    assert attempt().is_reused
    assert "the build log cannot be had" in reporter.warnings[-1]


def test_a_build_of_another_deploy_that_fails_fails_this_one_and_is_left_to_the_other(
    attempt: Callable[..., Deployed], game: Path, other: Other, gate: Gate, proxy: FaultProxy
) -> None:
    (game / "Dockerfile").write_text(FAILING)
    gate.is_open.clear()
    other.begin()
    proxy.faults = [Fault(r"/run$", meanwhile=gate.is_open.set)]
    with pytest.raises(BuildFailedError, match="missing"):
        attempt()
    assert other.status() == BuildStatus.FAILED
    assert proxy.count("^DELETE ") == 0


def test_a_build_that_another_deploy_takes_back_is_made_by_this_one(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    other: Other,
    gate: Gate,
    proxy: FaultProxy,
) -> None:
    gate.is_open.clear()
    other.begin()

    def take_back() -> None:
        other.delete()
        gate.is_open.set()

    proxy.faults = [Fault(r"/run$", meanwhile=take_back)]
    done = attempt(build_tag="ours")
    assert not done.is_reused
    assert [(each.build_id, each.build_tag) for each in builds(direct)] == [
        (other.build_id, "ours")
    ]


def test_an_interruption_while_another_deploys_build_is_waited_for_leaves_it_alone(
    attempt: Callable[..., Deployed],
    other: Other,
    gate: Gate,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    gate.is_open.clear()
    other.begin()
    monkeypatch.setattr(reporter, "build_line", interrupt)
    with pytest.raises(KeyboardInterrupt):
        attempt()
    assert other.status() == BuildStatus.RUNNING
    gate.is_open.set()
    eventually(other.status, lambda status: status == BuildStatus.SUCCEEDED)


def test_an_interruption_while_the_own_build_runs_cancels_it(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    gate: Gate,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    gate.is_open.clear()
    monkeypatch.setattr(reporter, "build_line", interrupt)
    with pytest.raises(KeyboardInterrupt):
        attempt()
    assert builds(direct) == []


def test_an_upload_of_another_deploy_is_waited_for(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    other: Other,
    reporter: RecordingReporter,
) -> None:
    other.create()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(attempt)
        eventually(lambda: reporter.warnings, bool)
        other.delete()
        other.begin()
        done = waiting.result()
    assert "is being uploaded by another deploy" in reporter.warnings[0]
    assert len(builds(direct)) == 1
    assert done.build.build_id == other.build_id


def test_an_upload_that_does_not_end_is_passed_by_and_left_alone(
    attempt: Callable[..., Deployed], other: Other, reporter: RecordingReporter
) -> None:
    other.create()
    impatient = UploadSettings(follow_timeout=0.2)
    done = attempt(upload=impatient)
    assert done.build.build_id.startswith(f"{other.build_id}-")
    assert done.build.build_id in reporter.warnings[-1]
    assert other.status() == BuildStatus.CREATED
    reporter.warnings.clear()
    again = attempt(upload=impatient)
    assert again.is_reused
    assert again.build.build_id == done.build.build_id
    assert reporter.warnings == []


def test_an_upload_that_began_long_ago_is_given_up_for_its_owner(
    attempt: Callable[..., Deployed], direct: HathoraCloud, other: Other
) -> None:
    other.create()
    other.make_older(timedelta(days=1, seconds=1))
    done = attempt(build_tag="ours")
    assert done.build.build_id == other.build_id
    assert [build.build_tag for build in builds(direct)] == ["ours"]


def test_an_upload_that_may_still_go_on_is_not_waited_for_if_it_began_a_while_ago(
    attempt: Callable[..., Deployed], other: Other, reporter: RecordingReporter
) -> None:
    other.create()
    other.make_older(timedelta(hours=1))
    assert attempt().build.build_id.startswith(f"{other.build_id}-")
    assert other.status() == BuildStatus.CREATED
    assert not any("waiting" in warning for warning in reporter.warnings)


def failed(other: Other) -> None:
    """The other's build has failed, for no fault of its content."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(other.running.cloud.runtime, "build", None)
        other.begin()
        eventually(other.status, lambda status: status == BuildStatus.FAILED)


def test_a_build_that_failed_before_is_no_obstacle(
    attempt: Callable[..., Deployed], direct: HathoraCloud, other: Other
) -> None:
    failed(other)
    done = attempt()
    assert (done.build.build_id, done.is_reused) == (other.build_id, False)
    assert len(builds(direct)) == 1


@pytest.mark.parametrize("status", [422, 500])
def test_a_build_that_failed_and_cannot_be_deleted_is_passed_by(
    attempt: Callable[..., Deployed], other: Other, proxy: FaultProxy, status: int
) -> None:
    failed(other)
    proxy.faults = [Fault("^DELETE ", refuse_with=status)]
    assert attempt().build.build_id.startswith(f"{other.build_id}-")
    assert other.status() == BuildStatus.FAILED


def test_a_build_that_was_deleted_is_no_obstacle(
    attempt: Callable[..., Deployed], other: Other
) -> None:
    other.begin()
    eventually(other.status, lambda status: status == BuildStatus.SUCCEEDED)
    other.delete()
    done = attempt()
    assert (done.build.build_id, done.is_reused) == (other.build_id, False)


def test_an_id_that_a_cloud_does_not_give_twice_is_passed_by(
    attempt: Callable[..., Deployed], other: Other, proxy: FaultProxy
) -> None:
    proxy.faults = [Fault(r"POST /builds/v3/builds$", refuse_with=409)]
    assert attempt().build.build_id.startswith(f"{other.build_id}-")


def test_a_question_that_gets_no_answer_for_a_while_is_asked_again(
    attempt: Callable[..., Deployed], proxy: FaultProxy
) -> None:
    proxy.faults = [
        Fault("^GET /builds", times=2, refuse_with=503),
        Fault("^GET /builds", is_lost=True),
    ]
    assert not attempt().is_reused
    assert all(fault.times == 0 for fault in proxy.faults)


def test_a_creation_that_is_refused_for_another_reason_is_that_error(
    attempt: Callable[..., Deployed], direct: HathoraCloud, proxy: FaultProxy
) -> None:
    proxy.faults = [Fault(r"POST /builds/v3/builds$", times=9, refuse_with=422)]
    with pytest.raises(UnprocessableEntity, match="refused by a test"):
        attempt()
    assert builds(direct) == []


def test_who_is_slower_to_create_the_build_takes_that_of_who_was_quicker(
    attempt: Callable[..., Deployed], direct: HathoraCloud, other: Other, proxy: FaultProxy
) -> None:
    proxy.faults = [Fault(r"POST /builds/v3/builds$", meanwhile=other.begin)]
    assert attempt().is_reused
    assert [build.build_tag for build in builds(direct)] == ["other"]
    assert proxy.count("^DELETE ") == 0


def test_a_build_that_another_was_put_in_the_place_of_is_not_taken_back_but_used(
    attempt: Callable[..., Deployed], direct: HathoraCloud, other: Other, proxy: FaultProxy
) -> None:
    """As by somebody whose clock is a day ahead."""

    def take_over() -> None:
        other.delete()
        other.begin()
        other.make_older(timedelta(minutes=1))

    proxy.faults = [Fault(r"^PUT ", meanwhile=take_over)]
    done = attempt()
    assert done.is_reused
    assert [build.build_tag for build in builds(direct)] == ["other"]


def test_a_creation_that_got_no_answer_takes_back_nothing_that_another_deploy_runs(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    other: Other,
    gate: Gate,
    proxy: FaultProxy,
) -> None:
    gate.is_open.clear()
    proxy.faults = [Fault(r"POST /builds/v3/builds$", is_lost=True, meanwhile=other.begin)]
    with pytest.raises(ConnectionError):
        attempt()
    assert other.status() == BuildStatus.RUNNING
    assert proxy.count("^DELETE ") == 0


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


def test_a_file_that_changes_while_the_folder_is_packed_leaves_no_build_of_the_wrong_content(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    game: Path,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def change(*_: object) -> None:
        (game / "map").write_text("rust")

    monkeypatch.setattr(reporter, "packaging", change)
    with pytest.raises(ContextError, match=r"map changed while the folder was packed"):
        attempt()
    assert builds(direct) == []


def test_an_archive_that_changes_while_it_is_sent_leaves_no_build(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    game: Path,
    proxy: FaultProxy,
    tmp_path: Path,
) -> None:
    given = tmp_path / "given.tgz"
    with pack(read_context(game)) as archive:
        given.write_bytes(archive.path.read_bytes())

    def grow() -> None:
        given.write_bytes(given.read_bytes() + b"more")

    proxy.faults = [Fault("^PUT ", meanwhile=grow)]
    with pytest.raises(ContextError, match=r"given\.tgz changed while it was sent"):
        attempt(given)
    assert builds(direct) == []


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


NOW = datetime(2026, 1, 2, tzinfo=UTC)
FOUND = BuildV3(
    org_id="org-1",
    build_id="bld-1",
    created_by="me",
    created_at=NOW - timedelta(minutes=5),
    started_at=None,
    finished_at=None,
    deleted_at=None,
    status=BuildStatus.SUCCEEDED,
    image_size=1,
)
CREATED = FOUND.model_copy(update={"status": BuildStatus.CREATED})


@pytest.mark.parametrize(
    ("found", "patience", "force", "expected"),
    [
        (None, 60, False, Course.MAKE),
        (None, 60, True, Course.MAKE),
        (FOUND, 60, False, Course.REUSE),
        (FOUND, 60, True, Course.LEAVE),
        (FOUND.model_copy(update={"expired_at": NOW}), 60, False, Course.MAKE),
        (FOUND.model_copy(update={"expired_at": NOW + timedelta(1)}), 60, False, Course.REUSE),
        (FOUND.model_copy(update={"deleted_at": NOW}), 60, False, Course.MAKE),
        (FOUND.model_copy(update={"status": BuildStatus.FAILED}), 60, True, Course.MAKE),
        (FOUND.model_copy(update={"status": BuildStatus.RUNNING}), 60, False, Course.FOLLOW),
        (FOUND.model_copy(update={"status": BuildStatus.RUNNING}), 60, True, Course.LEAVE),
        (FOUND.model_copy(update={"status": BuildStatus("queued")}), 60, False, Course.FOLLOW),
        (CREATED, 600, False, Course.AWAIT),
        (CREATED, 600, True, Course.LEAVE),
        (CREATED, 60, False, Course.LEAVE),
        (CREATED.model_copy(update={"created_at": NOW + timedelta(1)}), 60, False, Course.AWAIT),
        (CREATED.model_copy(update={"created_at": NOW - timedelta(1)}), 60, False, Course.MAKE),
    ],
)
def test_the_state_of_a_build_says_what_to_do_about_it(
    found: BuildV3 | None, patience: float, force: bool, expected: Course
) -> None:
    assert course(found, now=NOW, patience=patience, force=force) is expected
