"""A cloud that is killed, and what the next one on its folder makes of what it left."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud.state import migrations

from .conftest import EXAMPLE, OwnCloud, StartCloud, Tool, is_alive, wait_until

BUILD_FAILED = 3
LIVE = (ProcessStatus.STARTING, ProcessStatus.RUNNING)


def kill(cloud: OwnCloud) -> None:
    os.kill(cloud.pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(cloud.pid), "the killed cloud is gone")


def game_servers(cloud: OwnCloud) -> list[psutil.Process]:
    """The keeper of each process that runs: it ends when its game server does, and ends it with itself."""
    folder = str(cloud.data_dir / "artifacts" / "processes")
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(folder):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_what_is_shown_as_running_after_a_crash_does_run(start_cloud: StartCloud) -> None:
    cloud = start_cloud()
    cloud.tool.ok(EXAMPLE)
    kill(cloud)
    cloud.start("--runtime", "process")

    client = cloud.client(app_id=cloud.client().apps_v2.get_apps().applications[0].app_id)

    def agrees() -> bool:
        live = [p for p in client.processes_v3.get_latest_processes() if p.status in LIVE]
        return len(live) == len(game_servers(cloud))

    wait_until(agrees, "as many processes are shown as running as do run")
    cloud.tool.ok(EXAMPLE)
    cloud.tool.ok("cloud", "stop")
    assert game_servers(cloud) == []
    cloud.start("--runtime", "process")


def test_a_process_that_ended_while_no_cloud_ran_is_not_shown_as_running(
    start_cloud: StartCloud,
) -> None:
    cloud = start_cloud()
    deployed = cloud.tool.json(EXAMPLE)
    kill(cloud)
    for process in game_servers(cloud):
        process.kill()
    wait_until(lambda: game_servers(cloud) == [], "the game server is gone")
    cloud.start("--runtime", "process")
    client = cloud.client(app_id=deployed["appId"])
    ended = deployed["room"]["processId"]
    wait_until(
        lambda: client.processes_v3.get_process(process_id=ended).status not in LIVE,
        "the process is known to have ended",
    )


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_what_runs_is_adopted_by_a_cloud_that_brings_an_older_database_up_to_date(
    start_cloud: StartCloud, revision: str
) -> None:
    cloud = start_cloud()
    cloud.tool.ok(EXAMPLE)
    kill(cloud)
    running = game_servers(cloud)
    engine = create_engine(f"sqlite:///{cloud.data_dir / 'cloud.db'}")
    with engine.begin() as connection:
        migrations.migrate(connection, revision)
    engine.dispose()

    cloud.start("--runtime", "process")

    client = cloud.client(app_id=cloud.client().apps_v2.get_apps().applications[0].app_id)
    (process,) = client.processes_v3.get_latest_processes()
    assert process.status == ProcessStatus.RUNNING
    (room,) = client.rooms_v2.get_active_rooms_for_process(process_id=process.process_id)
    assert client.rooms_v2.get_connection_info(room_id=room.room_id).exposed_port
    assert game_servers(cloud) == running
    cloud.tool.ok("processes", "stop", process.process_id)
    wait_until(lambda: game_servers(cloud) == [], "the process is looked after")
    ended = client.processes_v3.get_process(process_id=process.process_id)
    assert ended.status in (ProcessStatus.STOPPING, ProcessStatus.STOPPED)


def test_what_runs_is_left_alone_by_a_cloud_that_is_stopped_to_be_upgraded(
    start_cloud: StartCloud,
) -> None:
    cloud = start_cloud()
    cloud.tool.ok(EXAMPLE)
    running = game_servers(cloud)

    cloud.tool.ok("cloud", "stop", "--keep-processes")

    assert not is_alive(cloud.pid)
    assert game_servers(cloud) == running
    cloud.start("--runtime", "process")
    client = cloud.client(app_id=cloud.client().apps_v2.get_apps().applications[0].app_id)
    (process,) = client.processes_v3.get_latest_processes()
    assert (process.status, process.rooms_allocated) == (ProcessStatus.RUNNING, 1)
    cloud.tool.ok("cloud", "stop")
    assert game_servers(cloud) == []
    cloud.start("--runtime", "process")


def test_a_cloud_that_is_asked_to_end_while_it_starts_does_so_and_its_folder_is_as_good_as_ever(
    tool: Tool,
) -> None:
    folder = Path(tool.environ["HATHORA_DATA_DIR"])
    serving = tool.start("cloud", "serve", "--runtime", "process", "--port", "0")
    wait_until((folder / "signing-key").exists, "its folder is being made")
    serving.terminate()
    talk, _ = serving.communicate(timeout=60)
    assert (serving.returncode, "Traceback" in talk) == (0, False), talk

    tool.ok("cloud", "start", "--runtime", "process", "--port", "0")
    tool.ok("cloud", "stop")


def test_a_build_that_a_crash_cut_short_has_failed(start_cloud: StartCloud, tmp_path: Path) -> None:
    folder = tmp_path / "game"
    shutil.copytree(EXAMPLE, folder)
    for number in range(16):
        (folder / f"level{number}.bin").write_bytes(os.urandom(8 << 20))
    (folder / ".dockerignore").unlink()
    cloud = start_cloud()
    deploy = cloud.tool.start(folder)
    with cloud.client() as client:
        while all(
            build.status is not BuildStatus.RUNNING
            for build in client.builds_v3.get_builds().builds
        ):
            assert deploy.poll() is None
    kill(cloud)
    cloud.start("--runtime", "process", "--port", cloud.endpoint.rpartition(":")[2])
    talk, _ = deploy.communicate(timeout=60)
    assert deploy.returncode == BUILD_FAILED, talk
    assert "failed: the cloud stopped during this build" in talk
    assert "Traceback" not in talk

    builds = cloud.client().builds_v3.get_builds().builds
    assert [build for build in builds if build.status is BuildStatus.RUNNING] == []
    cloud.tool.ok(folder)
