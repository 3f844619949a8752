"""The whole deploy against a real cloud over real sockets, with a proxy that breaks what it is told to."""

from __future__ import annotations

import json
import os
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from hathora_deploy.api.builds import BuildStatus, BuildV3
from hathora_deploy.api.errors import ApiError, ServiceUnavailable, Unauthorized
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import ConnectionError, TransportError
from hathora_deploy.pipeline import room as room_module
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.errors import (
    BuildFailedError,
    ContextError,
    PlanError,
    StartFailedError,
    UploadError,
    VerifyFailedError,
)
from hathora_deploy.pipeline.folder_build import build_folder
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.probe import Probe
from hathora_deploy.pipeline.settings import DeploySettings, UploadSettings
from hathora_deploy.pipeline.verification import Verification
from hathora_deploy.secret import Secret
from tests.pipeline.proxy import Fault, FaultProxy
from tests.pipeline.reporter import RecordingReporter

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.settings import CloudSettings

GAME = """
import os, signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
game = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
game.bind(("0.0.0.0", int(os.environ["PORT"])))
print("listening", flush=True)
while True:
    data, sender = game.recvfrom(2048)
    game.sendto(data, sender)
"""
DOCKERFILE = f"""FROM python:3.11-slim
COPY . /game/
WORKDIR /game
EXPOSE 7777/udp
CMD ["{sys.executable}", "game.py"]
"""
NEVER_BINDS = "import time\nprint('thinking', flush=True)\ntime.sleep(600)\n"
EXITS = "import sys\nprint('no map named dust', flush=True)\nsys.exit(3)\n"
SEATTLE = DeploySettings(room_region=Region.SEATTLE)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    home = tmp_path_factory.mktemp("cloud")
    yield daemon.start(CloudSettings(data_dir=home, runtime="process", port=0))
    daemon.stop(home)


@pytest.fixture
def direct(running: RunningCloud) -> Iterator[HathoraCloud]:
    """The cloud as it is, with an app of its own."""
    cloud = HathoraCloud(running.token, endpoint=running.endpoint)
    app = cloud.apps_v2.create_app(app_name="game", auth_configuration={})
    cloud.app_id = app.app_id
    yield cloud
    cloud.apps_v2.delete_app()
    cloud.close()


@pytest.fixture
def proxy(running: RunningCloud) -> Iterator[FaultProxy]:
    with FaultProxy(running.endpoint) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield proxy
        proxy.shutdown()
        thread.join()


@pytest.fixture
def cloud(direct: HathoraCloud, running: RunningCloud, proxy: FaultProxy) -> Iterator[HathoraCloud]:
    """The same app, through the proxy."""
    cloud = HathoraCloud(running.token, app_id=direct.app_id, endpoint=proxy.endpoint, timeout=20)
    yield cloud
    cloud.close()


@pytest.fixture
def game(tmp_path: Path) -> Path:
    folder = tmp_path / "game"
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "game.py").write_text(GAME.replace('os.environ["PORT"]', "os.environ['PORT']"))
    (folder / "which").write_text(uuid4().hex)  # or the build of an earlier test would do
    return folder


@pytest.fixture
def attempt(
    cloud: HathoraCloud, game: Path, reporter: RecordingReporter
) -> Callable[..., Deployed]:
    def attempt(settings: DeploySettings = DeploySettings()) -> Deployed:  # noqa: B008  # frozen
        return deploy(cloud, game, settings=settings, reporter=reporter)

    return attempt


def builds(cloud: HathoraCloud) -> list[BuildV3]:
    return cloud.builds_v3.get_builds().builds


def processes(cloud: HathoraCloud) -> list[ProcessV3]:
    return cloud.processes_v3.get_latest_processes()


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
    made = attempt(
        DeploySettings(
            build_id="bld-nightly-7",
            deployment_tag="live",
            requested_cpu=0.25,
            rooms_per_process=4,
            idle_timeout_enabled=False,
            env={"MAP": Secret("dust")},
        )
    )
    found = direct.deployments_v3.get_latest_deployment()
    assert found.deployment_id == made.deployment.deployment_id
    assert (found.build_id, found.deployment_tag) == ("bld-nightly-7", "live")
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
        deploy(cloud, game, settings=settings, reporter=reporter)
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


def test_a_build_that_fails_is_not_deployed_and_is_deleted(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    game: Path,
    reporter: RecordingReporter,
) -> None:
    (game / "Dockerfile").write_text(f"{DOCKERFILE}COPY missing /\n")
    before = builds(direct)
    with pytest.raises(BuildFailedError, match=r"build bld-\S+ failed: .*missing"):
        attempt()
    assert "deployed" not in reporter.steps
    assert reporter.steps[-1].startswith("undoing build bld-")
    assert builds(direct) == before


def test_a_log_that_breaks_off_does_not_end_the_deploy(
    attempt: Callable[..., Deployed], proxy: FaultProxy, reporter: RecordingReporter
) -> None:
    proxy.faults = [Fault(r"/run$", cut_after=30)]
    assert attempt().build.status == BuildStatus.SUCCEEDED
    assert "the build log broke off" in reporter.warnings[-1]


def test_a_log_that_never_came_does_not_end_the_deploy_either(
    attempt: Callable[..., Deployed], proxy: FaultProxy, reporter: RecordingReporter
) -> None:
    refused = Fault(r"GET /builds", refuse_with=503)
    run = Fault(r"/run$", is_unanswered=True, meanwhile=lambda: proxy.faults.append(refused))
    proxy.faults = [run]
    assert attempt().build.status == BuildStatus.SUCCEEDED
    assert "the build log broke off" in reporter.warnings[-1]


def test_a_run_that_got_lost_is_not_waited_for(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    proxy.faults = [Fault(r"/run$", is_lost=True)]
    before = builds(direct)
    with pytest.raises(BuildFailedError, match=r"was not run: .* cut the connection"):
        attempt()
    assert builds(direct) == before


def test_a_build_that_does_not_end_in_time_is_deleted(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    release = threading.Event()
    proxy.faults = [Fault(r"/run$", meanwhile=lambda: release.wait(30) and None, is_lost=True)]
    before = builds(direct)
    try:
        with pytest.raises(BuildFailedError, match=r"did not end within 0\.3 s"):
            attempt(DeploySettings(build_timeout=0.3))
    finally:
        release.set()
    assert builds(direct) == before


def test_a_build_whose_creation_got_no_answer_is_taken_back(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    proxy.faults = [Fault(r"POST /builds/v3/builds$", is_unanswered=True)]
    before = builds(direct)
    with pytest.raises(ConnectionError):
        attempt()
    assert proxy.count(r"^DELETE /builds") == 1
    assert builds(direct) == before


def test_an_earlier_build_of_the_same_id_is_never_deleted(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    settings = DeploySettings(build_id="bld-release-1")
    attempt(settings)
    with pytest.raises(ApiError):
        attempt(settings)  # the cloud refuses the id
    proxy.faults = [Fault(r"POST /builds/v3/builds$", is_lost=True)]
    with pytest.raises(TransportError):
        attempt(settings)
    assert direct.builds_v3.get_build(build_id="bld-release-1").status == BuildStatus.SUCCEEDED


def test_an_upload_that_is_refused_leaves_no_build(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    proxy.faults = [Fault(r"^PUT ", refuse_with=403)]
    before = builds(direct)
    with pytest.raises(UploadError):
        attempt()
    assert builds(direct) == before


OVERLAPPED = DeploySettings(upload=UploadSettings(overlap_from=1))


def test_an_archive_is_uploaded_while_it_is_packed(
    attempt: Callable[..., Deployed],
    game: Path,
    proxy: FaultProxy,
    direct: HathoraCloud,
    reporter: RecordingReporter,
) -> None:
    (game / "map").write_bytes(b"wall" * (5 << 20))  # two parts may be needed, one is
    done = attempt(OVERLAPPED)
    assert done.build.status == BuildStatus.SUCCEEDED
    assert proxy.count(r"^PUT ") == 1
    assert proxy.count(r"^POST /builds/v3/builds$") == 1
    assert reporter.sent_bytes == reporter.total_bytes == done.archive_size
    assert reporter.warnings == []


def test_a_cloud_that_wants_the_exact_size_gets_it_once_all_is_packed(
    attempt: Callable[..., Deployed],
    game: Path,
    proxy: FaultProxy,
    direct: HathoraCloud,
    reporter: RecordingReporter,
) -> None:
    (game / "map").write_bytes(b"wall" * (5 << 20))
    before = builds(direct)
    proxy.faults = [Fault(r"^POST /builds/v3/builds$", refuse_with=422)]
    done = attempt(OVERLAPPED)
    assert "packing before uploading" in reporter.warnings[-1]
    proxy.faults = [Fault(r"/complete$", refuse_with=400)]
    again = attempt(replace(OVERLAPPED, force=True))
    assert "the store wants all of 2 parts" in reporter.warnings[-1]
    left = {build.build_id for build in builds(direct)} - {build.build_id for build in before}
    assert left == {done.build.build_id, again.build.build_id}


def test_a_cloud_that_refuses_every_size_is_asked_for_two_under_two_ids(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    before = builds(direct)
    proxy.faults = [Fault(r"^POST /builds/v3/builds$", 99, refuse_with=422)]
    with pytest.raises(ApiError):
        attempt(OVERLAPPED)
    assert proxy.count(r"^POST /builds/v3/builds$") == 4
    assert builds(direct) == before


def test_a_file_that_changes_while_its_archive_is_uploaded_fails_the_deploy(
    attempt: Callable[..., Deployed],
    game: Path,
    direct: HathoraCloud,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (game / "map").write_bytes(os.urandom(40 << 20))

    def grow(delta_bytes: int) -> None:
        with (game / "map").open("ab") as file:
            file.write(b"x")

    monkeypatch.setattr(reporter, "packing", grow)
    before = builds(direct)
    with pytest.raises(ContextError, match="map changed"):
        attempt(OVERLAPPED)
    assert builds(direct) == before


def test_a_cloud_that_cannot_be_tidied_is_a_warning_and_the_first_error_is_raised(
    attempt: Callable[..., Deployed], proxy: FaultProxy, reporter: RecordingReporter
) -> None:
    proxy.faults = [Fault(r"^PUT ", refuse_with=403), Fault(r"^DELETE ", 99, refuse_with=500)]
    with pytest.raises(UploadError):
        attempt()
    assert "could not be taken back" in reporter.warnings[-1]


def test_what_was_begun_is_taken_back_even_if_nobody_can_be_told(
    attempt: Callable[..., Deployed],
    proxy: FaultProxy,
    direct: HathoraCloud,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def closed(*_: object) -> None:
        raise BrokenPipeError

    proxy.faults = [Fault(r"^PUT ", refuse_with=403)]
    monkeypatch.setattr(reporter, "undoing", closed)
    before = builds(direct)
    with pytest.raises(BrokenPipeError):
        attempt()
    assert builds(direct) == before


@pytest.mark.parametrize(
    "fault", [Fault(r"^DELETE ", 2, refuse_with=502), Fault(r"^DELETE ", 2, is_lost=True)]
)
def test_what_was_begun_is_taken_back_over_the_network_that_failed_it(
    attempt: Callable[..., Deployed],
    proxy: FaultProxy,
    direct: HathoraCloud,
    reporter: RecordingReporter,
    fault: Fault,
) -> None:
    proxy.faults = [Fault(r"^PUT ", refuse_with=403), fault]
    before = builds(direct)
    with pytest.raises(UploadError):
        attempt()
    assert builds(direct) == before
    assert reporter.warnings == []


def test_a_process_that_exits_at_once_fails_the_deploy_with_its_last_words(
    attempt: Callable[..., Deployed], game: Path, direct: HathoraCloud
) -> None:
    (game / "game.py").write_text(EXITS)
    with pytest.raises(StartFailedError) as caught:
        attempt(SEATTLE)
    error = caught.value
    assert error.exit_reason
    assert any("no map named dust" in line for line in error.log)
    assert "no map named dust" in str(error)
    assert error.deployment_id == direct.deployments_v3.get_latest_deployment().deployment_id
    assert error.process_id in str(error.hint)


def test_a_process_that_never_binds_is_stopped_at_the_deadline(
    attempt: Callable[..., Deployed],
    game: Path,
    direct: HathoraCloud,
    reporter: RecordingReporter,
) -> None:
    (game / "game.py").write_text(NEVER_BINDS)
    with pytest.raises(StartFailedError, match=r"did not start within 1\.5 s") as caught:
        attempt(DeploySettings(room_region=Region.SEATTLE, start_timeout=1.5))
    assert any("thinking" in line for line in caught.value.log)
    assert reporter.steps[-1].startswith("undoing room ")
    assert_stopped(direct)


def test_a_room_whose_creation_got_no_answer_is_taken_back_with_its_process(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    proxy.faults = [Fault(r"POST /rooms/.*/create$", is_unanswered=True)]
    with pytest.raises(ConnectionError):
        attempt(SEATTLE)
    assert_stopped(direct)


def test_questions_that_get_no_answer_for_a_while_are_asked_again(
    attempt: Callable[..., Deployed], proxy: FaultProxy
) -> None:
    proxy.faults = [
        Fault(r"GET /processes", refuse_with=429),
        Fault(r"GET /processes", is_lost=True),
        Fault(r"connectioninfo", refuse_with=500, times=2),
        Fault(r"connectioninfo", is_lost=True),
    ]
    assert attempt(SEATTLE).room is not None
    assert all(fault.times == 0 for fault in proxy.faults)


TRIED = DeploySettings(verification=Verification((Probe.named("udp"),), Region.SEATTLE))


@pytest.mark.parametrize(
    ("at", "after", "settings"),
    [
        ("/acquire$", None, DeploySettings()),
        ("GET /builds/", None, DeploySettings()),
        ("GET /builds/", "/run$", DeploySettings()),
        ("/renew$", None, DeploySettings()),
        ("connectioninfo", None, SEATTLE),
        ("GET /processes/", "/regions/Seattle$", TRIED),
    ],
)
def test_a_cloud_is_away_no_longer_than_it_may_be(
    attempt: Callable[..., Deployed],
    proxy: FaultProxy,
    at: str,
    after: str | None,
    settings: DeploySettings,
) -> None:
    # Where nobody says for how long, so few are passed over.
    away = Fault(at, times=3, refuse_with=503)
    begin = Fault(after or "", meanwhile=lambda: proxy.faults.append(away))
    proxy.faults = [begin if after else away]
    with pytest.raises((ServiceUnavailable, VerifyFailedError)):
        attempt(replace(settings, patience=Patience(outage=0)))
    assert away.times < 3


def test_taking_back_is_tried_no_longer_than_is_said(
    attempt: Callable[..., Deployed],
    proxy: FaultProxy,
    direct: HathoraCloud,
    reporter: RecordingReporter,
) -> None:
    proxy.faults = [Fault(r"^PUT ", refuse_with=403), Fault(r"^DELETE ", refuse_with=502)]
    before = builds(direct)
    with pytest.raises(UploadError):
        attempt(DeploySettings(patience=Patience(undo=0)))
    (left,) = [each for each in builds(direct) if each not in before]
    assert f"{left.build_id} could not be taken back" in reporter.warnings[-1]
    assert proxy.count(r"^DELETE ") == 1


def test_a_process_with_rooms_of_others_outlives_ours(
    attempt: Callable[..., Deployed], direct: HathoraCloud
) -> None:
    done = attempt(DeploySettings(room_region=Region.SEATTLE, rooms_per_process=2))
    assert done.room is not None
    other = direct.rooms_v2.create_room(region=Region.SEATTLE)
    assert other.process_id == done.room.process_id
    room_module.close_room(direct, done.room.room_id)
    process = direct.processes_v3.get_process(process_id=other.process_id)
    assert process.status == ProcessStatus.RUNNING
    room_module.close_room(direct, other.room_id)
    assert_stopped(direct)


MOMENTS = [
    "reading",
    "read",
    "packaging",
    "packed",
    "uploading",
    "uploaded",
    "upload_complete",
    "building",
    "build_line",
    "built",
    "deployed",
    "room_starting",
    "room_running",
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interruption_at_any_moment_leaves_nothing_half_done(
    cloud: HathoraCloud,
    direct: HathoraCloud,
    game: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    reporter = RecordingReporter()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = builds(direct)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setattr(reporter, moment, interrupt)
    with pytest.raises(KeyboardInterrupt):
        deploy(cloud, game, settings=SEATTLE, reporter=reporter)
    assert list(temporary.iterdir()) == []
    left = [build.status for build in builds(direct) if build not in before]
    assert left in ([], [BuildStatus.SUCCEEDED])
    assert_stopped(direct)
    monkeypatch.undo()
    assert deploy(cloud, game, settings=SEATTLE, reporter=RecordingReporter()).room is not None


def assert_stopped(cloud: HathoraCloud) -> None:
    ended = {ProcessStatus.STOPPING, ProcessStatus.STOPPED, ProcessStatus.FAILED}
    assert {process.status for process in processes(cloud)} <= ended


def test_no_value_of_a_variable_and_no_token_is_in_what_is_reported(
    attempt: Callable[..., Deployed], reporter: RecordingReporter, running: RunningCloud
) -> None:
    done = attempt(DeploySettings(env={"KEY": Secret("hush-hush")}))
    said = json.dumps([reporter.steps, reporter.lines, reporter.warnings]) + repr(done)
    assert "hush-hush" not in said
    assert running.token.reveal() not in said
