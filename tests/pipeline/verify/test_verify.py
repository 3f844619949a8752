from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hathora_deploy.api.errors import ServiceUnavailable
from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.errors import PlanError, VerifyFailedError
from hathora_deploy.pipeline.patience import DEFAULT_PATIENCE
from hathora_deploy.pipeline.process import WatchedProcess
from hathora_deploy.pipeline.verification import Verification
from hathora_deploy.pipeline.verify import verify
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.verify.game import Deploy, asking, assert_nothing_runs, with_mode


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


def test_what_no_deployment_could_answer_is_refused_before_anything_is_made(
    cloud: HathoraCloud, game: Path, reporter: RecordingReporter
) -> None:
    settings = replace(with_mode("good"), verification=asking("udp"))
    with pytest.raises(PlanError, match="verify udp: the deployment has no udp port"):
        deploy(cloud, game, settings=settings, reporter=reporter)
    assert reporter.steps == []
