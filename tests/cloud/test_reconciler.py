"""What becomes of processes when the cloud is killed, stopped, or cannot write, and when ports are lost."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from hathora_deploy.api.errors import InternalServerError
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.allocator import Allocator
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.errors import PortTaken
from hathora_deploy.cloud.runtime.port import ProcessSpec
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.specs import Specs
from hathora_deploy.cloud.state import processes
from hathora_deploy.cloud.state.processes import ProcessRecord
from tests.cloud.handlers.conftest import LISTEN, Running, deploy, eventually, game
from tests.cloud.serving import served

DEAF = LISTEN.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")
LATE = """
import os, pathlib, socket, sys, time
folder = pathlib.Path(os.environ["TMPDIR"], os.environ["HATHORA_PROCESS_ID"])
if not folder.exists():
    folder.mkdir()
    (folder / "port.draft").write_text(os.environ["PORT"])
    (folder / "port.draft").rename(folder / "port")
    while not (folder / "taken").exists():
        time.sleep(0.01)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind(("127.0.0.1", int(os.environ["PORT"])))
game = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
""" + LISTEN.replace("import os, signal, socket, sys", "import signal")
REFUSE_HANDLES = (
    "CREATE TRIGGER refuse BEFORE UPDATE OF handle ON processes WHEN NEW.handle IS NOT NULL "
    "BEGIN SELECT RAISE(ABORT, 'no room'); END"
)
REFUSE_ALL = (
    "CREATE TRIGGER refuse BEFORE UPDATE ON processes BEGIN SELECT RAISE(ABORT, 'no room'); END"
)


@pytest.fixture
def settings(tmp_path: Path) -> CloudSettings:
    return CloudSettings(data_dir=tmp_path / "cloud", runtime="process", stop_grace=1)


@contextmanager
def running(settings: CloudSettings) -> Iterator[Running]:
    cloud = Cloud.open(settings)
    cloud.start()
    with served(create_app(cloud)) as endpoint:
        client = HathoraCloud(settings.token_file.read_text(), endpoint=endpoint)
        try:
            yield Running(cloud, endpoint, client)
        finally:
            cloud.close()


def programs(process_id: str) -> list[int]:
    """The programs of this machine that were started as that process."""
    found = []
    for program in psutil.process_iter(["environ", "status"]):
        is_its = (program.info["environ"] or {}).get("HATHORA_PROCESS_ID") == process_id
        if is_its and program.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(program.pid)
    return found


def execute(cloud: Cloud, statement: str) -> None:
    with cloud.store.write() as connection:
        connection.exec_driver_sql(statement)


def status(cloud: Cloud, process_id: str) -> str:
    with cloud.store.read() as connection:
        process = processes.get(connection, process_id)
    assert process is not None
    return process.status


@pytest.mark.parametrize("before", [ProcessStatus.STARTING, ProcessStatus.STOPPING])
def test_what_a_killed_cloud_started_and_did_not_write_down_is_ended(
    settings: CloudSettings, before: ProcessStatus
) -> None:
    with running(settings) as first:
        deployment = deploy(first.new_app())
    cloud = Cloud.open(settings)
    process = ProcessRecord(
        process_id="2b9a1c1e-killed",
        app_id=deployment.app_id,
        deployment_id=deployment.deployment_id,
        region=Region.SEATTLE.value,
        status=ProcessStatus.STARTING,
        created_at=datetime.now(UTC),
        node_id=cloud.node.node_id,
    )
    with cloud.store.write() as connection:
        processes.add(connection, process)
    specs = Specs(
        settings=settings,
        store=cloud.store,
        runtime=cloud.runtime,
        node=cloud.node,
        folders=cloud.folders,
    )
    spec = specs.plan(process, avoid=frozenset())
    spec.log.parent.mkdir(parents=True, exist_ok=True)
    handle = cloud.runtime.start(spec)
    try:
        (stray,) = programs(process.process_id)
        with cloud.store.write() as connection:
            processes.change(connection, process.process_id, status=before)

        with running(settings) as second:
            ended = before == ProcessStatus.STOPPING
            eventually(
                lambda: status(second.cloud, process.process_id),
                lambda now: now == (ProcessStatus.STOPPED if ended else ProcessStatus.RUNNING),
            )
            alive = programs(process.process_id)

        assert stray not in alive
        assert len(alive) == (0 if ended else 1)
    finally:
        cloud.runtime.stop(handle, 0)
        cloud.runtime.remove(handle)
        cloud.store.close()


def test_a_process_of_another_folder_is_left_alone(settings: CloudSettings, tmp_path: Path) -> None:
    with running(settings) as first:
        client = first.new_app()
        deploy(client)
        process_id = client.processes_v3.create_process(region=Region.SEATTLE).process_id
        eventually(lambda: programs(process_id), bool)

        with running(CloudSettings(data_dir=tmp_path / "other", runtime="process")):
            pass

        assert programs(process_id)


def test_a_process_that_comes_while_the_cloud_ends_does_not_outlive_it(
    settings: CloudSettings,
) -> None:
    with running(replace(settings, stop_grace=60)) as up:
        client = up.new_app()
        deploy(client, game(DEAF))
        first = client.processes_v3.create_process(region=Region.SEATTLE).process_id
        eventually(lambda: status(up.cloud, first), lambda now: now == ProcessStatus.RUNNING)
        closing = threading.Thread(target=up.cloud.reconciler.close)
        closing.start()
        eventually(lambda: status(up.cloud, first), lambda now: now == ProcessStatus.STOPPING)
        late = client.processes_v3.create_process(region=Region.SEATTLE).process_id
        at = client.processes_v3.get_process(process_id=first).exposed_port
        assert at is not None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
            player.sendto(b"leave", (at.host, at.port))  # it hears nothing else
        closing.join(60)

        assert not closing.is_alive()
        assert (status(up.cloud, first), status(up.cloud, late)) == ("stopped", "stopped")
        assert programs(first) + programs(late) == []


def test_a_cloud_that_cannot_write_still_ends_its_processes(settings: CloudSettings) -> None:
    with running(settings) as up:
        client = up.new_app()
        deploy(client)
        process_id = client.processes_v3.create_process(region=Region.SEATTLE).process_id
        eventually(lambda: status(up.cloud, process_id), lambda now: now == ProcessStatus.RUNNING)
        execute(up.cloud, REFUSE_ALL)
        closing = threading.Thread(target=up.cloud.reconciler.close)
        closing.start()
        closing.join(60)

        assert not closing.is_alive()
        assert programs(process_id) == []
        execute(up.cloud, "DROP TRIGGER refuse")
    with running(settings) as again:
        eventually(
            lambda: status(again.cloud, process_id), lambda now: now == ProcessStatus.STOPPED
        )


def test_a_process_whose_handle_cannot_be_saved_is_not_left_running(
    settings: CloudSettings,
) -> None:
    with running(settings) as up:
        client = up.new_app()
        deploy(client)
        execute(up.cloud, REFUSE_HANDLES)
        process_id = client.processes_v3.create_process(region=Region.SEATTLE).process_id
        log = settings.process_log(process_id)
        eventually(log.exists, bool)
        eventually(lambda: programs(process_id), lambda found: not found)
        execute(up.cloud, "DROP TRIGGER refuse")
        eventually(lambda: status(up.cloud, process_id), lambda now: now == ProcessStatus.RUNNING)

        assert len(programs(process_id)) == 1


def test_a_process_whose_port_somebody_else_took_meanwhile_gets_another(
    settings: CloudSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    # As another user it would have a folder for temporary files of its own.
    settings = replace(settings, run_as="root" if os.geteuid() == 0 else None)
    with running(settings) as up, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        client = up.new_app()
        deploy(client, game(LATE))
        process_id = client.processes_v3.create_process(region=Region.SEATTLE).process_id
        folder = tmp_path / process_id
        eventually((folder / "port").exists, bool)
        lost = int((folder / "port").read_text())
        stranger.bind(("127.0.0.1", lost))
        (folder / "taken").touch()

        process = eventually(
            lambda: client.processes_v3.get_process(process_id=process_id),
            lambda now: now.status in (ProcessStatus.RUNNING, ProcessStatus.FAILED),
        )

        assert process.status == ProcessStatus.RUNNING, process.summary_exit_reason
        assert process.exposed_port is not None
        assert process.exposed_port.port != lost


def test_a_port_that_the_runtime_finds_taken_is_not_chosen_again(
    settings: CloudSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(settings) as up:
        client = up.new_app()
        deploy(client)
        tried: list[int] = []
        start = up.cloud.runtime.start

        def refuse_twice(spec: ProcessSpec) -> str:
            tried.append(spec.ports[0].exposed_port)
            if len(tried) < 3:
                raise PortTaken(tried[-1], "udp")
            return start(spec)

        monkeypatch.setattr(up.cloud.runtime, "start", refuse_twice)
        process_id = client.processes_v3.create_process(region=Region.SEATTLE).process_id
        eventually(lambda: status(up.cloud, process_id), lambda now: now == ProcessStatus.RUNNING)

        assert len(set(tried)) == 3


def test_a_database_that_is_away_is_told_once_and_without_a_traceback(
    settings: CloudSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = iter(range(4))
    enough = threading.Event()

    def fail(*_: object) -> None:
        if next(tries, None) is None:
            enough.set()
            return
        raise InternalServerError("its database does not answer")

    monkeypatch.setattr("hathora_deploy.cloud.reconciler._AFTER_TROUBLE", 0.01)
    monkeypatch.setattr(Allocator, "step", fail)
    with running(settings):
        assert enough.wait(60)
    told = [each for each in caplog.records if "static process allocation" in each.message]
    assert [each.exc_info for each in told] == [None]
    assert told[0].message.endswith("its database does not answer")
