"""Deployments are verified by processes of theirs, on a real cloud that runs real game servers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.errors import ServiceUnavailable
from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.deployment import Earlier, create_deployment, latest_deployment
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.errors import PlanError, StartFailedError, VerifyFailedError
from hathora_deploy.pipeline.folder_build import build_folder
from hathora_deploy.pipeline.patience import DEFAULT_PATIENCE
from hathora_deploy.pipeline.probe import Probe
from hathora_deploy.pipeline.process import WatchedProcess
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.pipeline.verification import Verification
from hathora_deploy.pipeline.verify import verify
from hathora_deploy.secret import Secret
from tests.pipeline.reporter import RecordingReporter

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.settings import CloudSettings

GAME = r"""
import os, socket, sys, threading, time

mode, port = os.environ["MODE"], int(os.environ["PORT"])
print("mode", mode, flush=True)
if mode == "exits":
    sys.exit("no map named dust")
if mode == "never binds":
    time.sleep(600)
if mode == "udp":
    game = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    game.bind(("0.0.0.0", port))
    time.sleep(600)
if mode == "dies":
    threading.Timer(1, os._exit, [4]).start()
STATUS = {"good": "200 OK", "dies": "302 Found", "broken": "500 Internal Server Error"}
with socket.create_server(("0.0.0.0", port)) as server:
    while True:
        player, _ = server.accept()
        if mode == "hangs":
            threading.Timer(600, player.close).start()
            continue
        player.settimeout(1)
        try:
            player.recv(4096)
            player.sendall(f"HTTP/1.1 {STATUS[mode]}\r\nContent-Length: 0\r\n\r\n".encode())
        except OSError:
            pass
        player.close()
"""
DOCKERFILE = f"""FROM python:3.11-slim
COPY . /game/
WORKDIR /game
EXPOSE 7777/tcp
CMD ["{sys.executable}", "game.py"]
"""
SPEC = DeploymentSpec(
    container_port=7777,
    transport_type=TransportType.TCP,
    requested_cpu=0.25,
    requested_memory_mb=512,
    rooms_per_process=1,
    idle_timeout_enabled=True,
)

Deploy = Callable[..., DeploymentV3]


def asking(*probes: str, timeout: float = 30.0, stay: float = 0.1) -> Verification:
    return Verification(tuple(map(Probe.named, probes)), Region.LONDON, timeout, stay)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
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


def assert_nothing_runs(cloud: HathoraCloud) -> None:
    ended = {ProcessStatus.STOPPING, ProcessStatus.STOPPED, ProcessStatus.FAILED}
    found = cloud.processes_v3.get_latest_processes()
    assert found
    assert {process.status for process in found} <= ended


def test_a_good_server_answers_all_and_is_stopped_then(
    cloud: HathoraCloud, deployed: Deploy, reporter: RecordingReporter
) -> None:
    command = 'test "$HATHORA_VERIFY_DEPLOYMENT_ID/$HATHORA_VERIFY_REGION" = "$EXPECTED/London"'
    deployment = deployed("good")
    wanted = asking(
        "tcp",
        "http:default/health",
        command.replace("$EXPECTED", deployment.deployment_id),
        f"{sys.executable} -c 'import os, socket; socket.create_connection("
        '(os.environ["HATHORA_VERIFY_HOST"], int(os.environ["HATHORA_VERIFY_PORT"])))\'',
    )
    verified = verify(cloud, deployment, wanted, patience=DEFAULT_PATIENCE, reporter=reporter)
    process = cloud.processes_v3.get_process(process_id=verified.process_id)
    assert (process.region, process.deployment_id) == ("London", deployment.deployment_id)
    assert reporter.steps == ["verifying", "answered", "verified"]
    assert_nothing_runs(cloud)


def test_a_udp_server_is_good_when_its_port_is_not_closed(
    cloud: HathoraCloud, deployed: Deploy, reporter: RecordingReporter
) -> None:
    deployment = deployed("udp", transport_type=TransportType.UDP)
    verify(cloud, deployment, asking("udp"), patience=DEFAULT_PATIENCE, reporter=reporter)
    assert_nothing_runs(cloud)


def test_a_server_of_a_tls_port_is_asked_by_https(
    cloud: HathoraCloud, deployed: Deploy, reporter: RecordingReporter
) -> None:
    deployment = deployed("good", transport_type=TransportType.TLS)
    verify(
        cloud,
        deployment,
        asking("tcp", "http:/health"),
        patience=DEFAULT_PATIENCE,
        reporter=reporter,
    )


@pytest.mark.parametrize(
    ("mode", "wanted", "said"),
    [
        ("exits", asking("tcp"), r"has failed: .*\n  \| mode exits\n  \| no map named dust"),
        ("never binds", asking("tcp", timeout=4), r"did not bind its port within 4 s\n  \| mode"),
        ("dies", asking("http:/", stay=60), r"has failed: .*\n  \| mode dies"),
        ("broken", asking("http:/x", timeout=4), r"did not answer `http:/x` within 4 s: HTTP 500 I"),
        ("hangs", asking("tcp", "http:/", timeout=4), r"`http:/` within 4 s: .*timed out"),
        ("good", asking("echo no; exit 9"), r"`echo no; exit 9`: exit status 9\n  > no\n  \| mode"),
        ("good", asking("sleep 600", timeout=4), r"`sleep 600`: it did not end within"),
    ],
)  # fmt: skip
def test_one_that_is_no_good_is_told_with_the_end_of_its_log_and_stopped(
    cloud: HathoraCloud,
    deployed: Deploy,
    reporter: RecordingReporter,
    mode: str,
    wanted: Verification,
    said: str,
) -> None:
    deployment = deployed(mode)
    with pytest.raises(VerifyFailedError, match=said) as caught:
        verify(cloud, deployment, wanted, patience=DEFAULT_PATIENCE, reporter=reporter)
    assert caught.value.deployment_id == deployment.deployment_id
    is_bound = "did not answer" in str(caught.value)
    hint = "it runs and has bound its port" if is_bound else "must listen on port 7777 (tcp)"
    assert hint in str(caught.value.hint)
    assert_nothing_runs(cloud)


def test_what_cannot_be_found_out_is_not_taken_for_good(
    cloud: HathoraCloud, deployed: Deploy, reporter: RecordingReporter
) -> None:
    nowhere = replace(asking("tcp"), region=Region("Atlantis"))
    with pytest.raises(VerifyFailedError, match=r"could not be verified: .*Atlantis"):
        verify(cloud, deployed("good"), nowhere, patience=DEFAULT_PATIENCE, reporter=reporter)


def test_a_cloud_that_does_not_answer_is_not_blamed_on_the_game_server(
    cloud: HathoraCloud,
    deployed: Deploy,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def look(process: WatchedProcess) -> ProcessV3:
        raise ServiceUnavailable("it has much to do")

    deployment = deployed("good")
    monkeypatch.setattr(WatchedProcess, "look", look)
    with pytest.raises(VerifyFailedError, match="could not be verified: it has much to do"):
        verify(
            cloud,
            deployment,
            asking("tcp", timeout=0.2),
            patience=DEFAULT_PATIENCE,
            reporter=reporter,
        )


def test_what_has_ended_while_nobody_could_see_it_is_not_taken_for_good(
    cloud: HathoraCloud,
    deployed: Deploy,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = WatchedProcess.look
    unanswered: list[Exception] = []

    def look(process: WatchedProcess) -> ProcessV3:
        if unanswered:
            raise unanswered.pop()
        return seen(process)

    def end(*_: object) -> None:
        (process,) = cloud.processes_v3.get_latest_processes()
        cloud.processes_v3.stop_process(process_id=process.process_id)
        unanswered.append(ServiceUnavailable("it has much to do"))

    deployment = deployed("good")
    monkeypatch.setattr(WatchedProcess, "look", look)
    monkeypatch.setattr(reporter, "answered", end)
    with pytest.raises(VerifyFailedError, match=r"has (been )?stopped"):
        verify(
            cloud, deployment, asking("tcp", stay=0), patience=DEFAULT_PATIENCE, reporter=reporter
        )


def test_a_process_of_somebody_elses_deployment_proves_nothing(
    cloud: HathoraCloud, deployed: Deploy, reporter: RecordingReporter
) -> None:
    ours, theirs = deployed("good"), deployed("good")
    with pytest.raises(VerifyFailedError, match=f"{theirs.deployment_id} was deployed meanwhile"):
        verify(cloud, ours, asking("tcp"), patience=DEFAULT_PATIENCE, reporter=reporter)
    assert_nothing_runs(cloud)


def test_players_who_got_into_the_process_are_not_thrown_out(
    cloud: HathoraCloud,
    deployed: Deploy,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def play(*_: object) -> None:
        cloud.rooms_v2.create_room(region=Region.LONDON)

    monkeypatch.setattr(reporter, "answered", play)
    verified = verify(
        cloud, deployed("good"), asking("tcp"), patience=DEFAULT_PATIENCE, reporter=reporter
    )
    process = cloud.processes_v3.get_process(process_id=verified.process_id)
    assert (process.status, process.rooms_allocated) == (ProcessStatus.RUNNING, 1)
    assert "players have got a room in it" in reporter.warnings[-1]


def with_mode(mode: str, **given: object) -> DeploySettings:
    settings = DeploySettings(
        env={"MODE": Secret(mode)}, deployment_tag=mode, verification=asking("tcp", timeout=20)
    )
    return replace(settings, **given)  # type: ignore[arg-type]  # any of its fields


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


def test_what_no_deployment_could_answer_is_refused_before_anything_is_made(
    cloud: HathoraCloud, game: Path, reporter: RecordingReporter
) -> None:
    settings = replace(with_mode("good"), verification=asking("udp"))
    with pytest.raises(PlanError, match="verify udp: the deployment has no udp port"):
        deploy(cloud, game, settings=settings, reporter=reporter)
    assert reporter.steps == []
