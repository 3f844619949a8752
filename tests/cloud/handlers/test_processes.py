from __future__ import annotations

import socket
from datetime import timedelta

import psutil
import pytest

from hathora_deploy.api.errors import NotFound
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.client import HathoraCloud
from tests.cloud.handlers.conftest import LISTEN, Running, deploy, eventually, game

BIND = 'game.bind(("127.0.0.1", int(os.environ["PORT"])))'


def start(client: HathoraCloud, region: Region = Region.SEATTLE) -> str:
    return client.processes_v3.create_process(region=region).process_id


def when(client: HathoraCloud, process_id: str, *statuses: str) -> ProcessV3:
    return eventually(
        lambda: client.processes_v3.get_process(process_id=process_id),
        lambda process: process.status in statuses,
    )


def say(process: ProcessV3, word: bytes) -> None:
    assert process.exposed_port is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        player.sendto(word, (process.exposed_port.host, process.exposed_port.port))


def test_a_process_runs_when_its_port_is_bound_and_each_moment_comes_after_the_one_before(
    client: HathoraCloud,
) -> None:
    deploy(client)

    process = when(client, start(client), "running")

    assert process.scheduled_at is not None
    assert process.booted_at is not None
    assert process.started_at is not None
    assert process.created_at <= process.scheduled_at <= process.booted_at <= process.started_at
    assert process.exposed_port is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        player.settimeout(10)
        player.sendto(b"hello", (process.exposed_port.host, process.exposed_port.port))
        assert player.recv(100) == b"hello"


def test_a_process_that_is_stopped_ends_and_leaves_nothing_behind(client: HathoraCloud) -> None:
    deploy(client)
    process_id = start(client)
    when(client, process_id, "running")

    client.processes_v3.stop_process(process_id=process_id)

    process = when(client, process_id, "stopped")
    assert process.summary_exit_reason == "was stopped by local"
    assert process.terminated_at is not None
    left = [
        other.pid
        for other in psutil.process_iter(["environ"])
        if (other.info["environ"] or {}).get("HATHORA_PROCESS_ID") == process_id
    ]
    assert left == []


def test_a_process_is_stopped_before_it_has_started(client: HathoraCloud) -> None:
    deploy(client)
    process_id = start(client)

    client.processes_v3.stop_process(process_id=process_id)

    assert when(client, process_id, "stopped").terminated_at is not None


def test_a_process_that_ends_cleanly_has_stopped_and_one_that_crashes_has_failed(
    client: HathoraCloud,
) -> None:
    deploy(client)
    leaving, crashing = start(client), start(client)

    say(when(client, leaving, "running"), b"leave")
    say(when(client, crashing, "running"), b"crash")

    assert when(client, leaving, "stopped").summary_exit_reason == "exited with code 0"
    assert when(client, crashing, "failed").summary_exit_reason == "exited with code 3"


def test_a_process_that_never_binds_its_port_fails_and_is_ended(client: HathoraCloud) -> None:
    deploy(client, game("import time\nprint('waiting', flush=True)\ntime.sleep(1000)\n"))

    process = when(client, start(client), "failed")

    assert process.summary_exit_reason == "did not bind its port 7777 (udp) within 5 s"


def test_a_process_that_binds_another_port_than_its_own_is_told_which(client: HathoraCloud) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        other = probe.getsockname()[1]
    listen = f"game.bind(('127.0.0.1', {other}))"
    deploy(client, game(LISTEN.replace(BIND, listen)))

    process = when(client, start(client), "failed")

    assert process.summary_exit_reason == (
        f"did not bind its port 7777 (udp) within 5 s: it bound {other} (udp) instead"
    )


def test_a_process_that_binds_its_port_by_another_protocol_is_told_so(client: HathoraCloud) -> None:
    deploy(
        client,
        game(
            LISTEN.replace("DGRAM", "STREAM").replace(
                BIND, f"{BIND}; game.listen(); signal.pause()"
            )
        ),
    )

    process = when(client, start(client), "failed")

    assert process.summary_exit_reason == (
        "did not bind its port 7777 (udp) within 5 s: it bound it as tcp instead"
    )


def test_a_process_that_is_deaf_to_its_stop_is_killed_after_the_grace(client: HathoraCloud) -> None:
    deploy(client, game(LISTEN.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")))
    process_id = start(client)
    when(client, process_id, "running")

    client.processes_v3.stop_process(process_id=process_id)

    process = when(client, process_id, "stopped")
    assert process.stopping_at is not None
    assert process.terminated_at is not None
    assert process.terminated_at - process.stopping_at >= timedelta(seconds=2)


def test_a_process_that_exits_at_once_has_failed_whatever_its_code(client: HathoraCloud) -> None:
    deploy(client, game("print('bye')\n"))

    process = when(client, start(client), "failed")

    assert process.summary_exit_reason is not None
    assert process.summary_exit_reason.startswith("exited with code 0 before it bound its port")


def test_a_server_that_insists_on_a_port_that_is_taken_is_told_so(client: HathoraCloud) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        stubborn = (
            "import socket\n"
            f"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind(('127.0.0.1', {port}))\n"
        )
        deploy(client, game(stubborn, port), port=port)

        process = when(client, start(client), "failed")

    assert process.summary_exit_reason is not None
    assert f"port {port} of this machine was taken" in process.summary_exit_reason


def test_a_server_that_ignores_the_port_it_is_given_is_found_where_it_listens(
    client: HathoraCloud,
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    deploy(
        client,
        game(
            "import socket\n"
            "game = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            f"game.bind(('127.0.0.1', {port}))\n"
            "game.recv(1)\n"
        ),
        port=port,
    )

    process = when(client, start(client), "running")

    assert process.exposed_port is not None
    assert process.exposed_port.port == port


def test_processes_are_listed_and_counted_by_status_region_and_time(client: HathoraCloud) -> None:
    deploy(client)
    older = start(client, Region.SEATTLE)
    when(client, older, "running")
    client.processes_v3.stop_process(process_id=older)
    when(client, older, "stopped")
    newer = start(client, Region.LONDON)
    created = when(client, newer, "running").created_at

    def listed(**filters: object) -> list[str]:
        found = client.processes_v3.get_latest_processes(**filters)  # type: ignore[arg-type]  # of the test
        count = client.processes_v3.get_processes_count_experimental(**filters)  # type: ignore[arg-type]  # of the test
        assert count.count == len(found)
        return [process.process_id for process in found]

    assert listed() == [newer, older]
    assert listed(status=[ProcessStatus.RUNNING]) == [newer]
    assert listed(status=[ProcessStatus.RUNNING, ProcessStatus.STOPPED]) == [newer, older]
    assert listed(region=[Region.SEATTLE]) == [older]
    assert listed(before=created.timestamp() * 1000) == [older]


def test_processes_need_a_deployment(client: HathoraCloud) -> None:
    with pytest.raises(NotFound, match="no deployment yet"):
        start(client)


def test_a_process_of_another_organization_is_not_found(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    process_id = start(client)
    other = running.other_org()

    with pytest.raises(NotFound):
        other.processes_v3.stop_process(app_id=str(client.app_id), process_id=process_id)
    when(client, process_id, "running")
