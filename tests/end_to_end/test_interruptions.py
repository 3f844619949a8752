"""Ctrl-C at any moment of a deploy leaves nothing half done, and the next deploy works."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path
from threading import Event

import psutil
import pytest

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.processes import ProcessStatus
from tests.serving import serving

from ..pipeline.proxy import Fault, FaultProxy
from .conftest import EXAMPLE, OwnCloud, StartCloud, wait_until

INTERRUPTED = 130
MOMENTS = 10
"""Into how many equal parts a deploy is cut, to interrupt it between each two."""
HELD_UP = 1.0
"""Seconds for which a call is on its way."""
LIVE = (ProcessStatus.STARTING, ProcessStatus.RUNNING, ProcessStatus.STOPPING)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example, with enough beside it that packing, sending and unpacking take a while."""
    folder = tmp_path / "game"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".dockerignore").unlink()
    for number in range(8):
        (folder / f"level{number}.bin").write_bytes(os.urandom(4 << 20))
    dockerfile = (folder / "Dockerfile").read_text()
    (folder / "Dockerfile").write_text(dockerfile.replace("COPY ", "COPY level*.bin ", 1))
    return folder


def slow_to_bind(folder: Path) -> None:
    """Make its server take its time, so that the deploy waits for the room."""
    server = folder / "server.py"
    server.write_text(
        f"import time\ntime.sleep(5)\n{server.read_text()}".replace(
            "from __future__ import annotations\n", "", 1
        )
    )


def assert_nothing_is_left(cloud: OwnCloud, talk: str) -> None:
    """No half upload, no build shown as running, no orphan process."""
    client = cloud.client()
    builds = [build for build in client.builds_v3.get_builds().builds if build.deleted_at is None]
    assert [build for build in builds if build.status != BuildStatus.SUCCEEDED] == []
    archives = list((cloud.data_dir / "archives").iterdir())
    assert len(archives) == len(builds), "an upload that was cut short is gone from the disk"
    for app in client.apps_v2.get_apps().applications:
        own = cloud.client(app_id=app.app_id)
        wait_until(
            lambda own=own: (
                not [  # type: ignore[misc]  # of a default, mypy infers nothing
                    process
                    for process in own.processes_v3.get_latest_processes()
                    if process.status in LIVE
                ]
            ),
            f"no process runs after\n{talk}",
        )
    wait_until(lambda: psutil.Process(cloud.pid).children() == [], "the cloud has no children")
    left = [path for path in Path(cloud.tool.environ["TMPDIR"]).rglob("*") if path.is_file()]
    assert left == []


@pytest.mark.parametrize("moment", ["package", "upload", "build", "deploy"])
def test_an_interrupt_at_each_step_leaves_nothing(
    start_cloud: StartCloud, folder: Path, moment: str
) -> None:
    cloud = start_cloud()
    slow_to_bind(folder)
    deploy = cloud.tool.start(folder)
    assert deploy.stdout is not None
    talk = ""
    for line in deploy.stdout:
        talk += line
        if line.strip().startswith(moment):
            break
    else:
        pytest.fail(f"no line began with {moment!r}:\n{talk}")
    deploy.send_signal(signal.SIGINT)
    talk += deploy.communicate(timeout=60)[0]
    assert deploy.returncode == INTERRUPTED, talk
    assert "Traceback" not in talk
    assert_nothing_is_left(cloud, talk)


def test_an_interrupt_at_any_moment_leaves_nothing_and_the_next_deploy_works(
    start_cloud: StartCloud, folder: Path
) -> None:
    cloud = start_cloud()
    started = time.monotonic()
    cloud.tool.ok(folder, "--force")
    whole = time.monotonic() - started
    cloud.tool.ok("processes", "stop", "--all")

    for moment in range(1, MOMENTS):
        deploy = cloud.tool.start(folder, "--force")  # or the first build would do for all
        time.sleep(whole * moment / MOMENTS)
        deploy.send_signal(signal.SIGINT)
        talk, _ = deploy.communicate(timeout=60)
        # Before Python has come to our first line, an interrupt ends it in Python's own way.
        assert deploy.returncode in (0, INTERRUPTED, -signal.SIGINT), talk
        if "running   room" in talk:  # it was through before the signal came
            cloud.tool.ok("processes", "stop", "--all")
        assert_nothing_is_left(cloud, talk)
    cloud.tool.ok(folder)


def test_a_terminated_deploy_cleans_up_as_well(start_cloud: StartCloud, folder: Path) -> None:
    cloud = start_cloud()
    slow_to_bind(folder)
    deploy = cloud.tool.start(folder)
    assert deploy.stdout is not None
    next(line for line in deploy.stdout if line.strip().startswith("deploy"))
    deploy.terminate()
    talk, _ = deploy.communicate(timeout=60)
    assert deploy.returncode == 128 + signal.SIGTERM
    assert_nothing_is_left(cloud, talk)


@pytest.mark.parametrize("created", ["/builds/v3/builds", "/create"])
def test_what_is_created_only_after_the_interrupt_is_taken_back(
    start_cloud: StartCloud, folder: Path, created: str
) -> None:
    cloud = start_cloud()
    cloud.tool.ok("apps", "create", "game")
    has_come = Event()

    def hold_up() -> None:
        has_come.set()
        time.sleep(HELD_UP)

    with serving(FaultProxy(cloud.endpoint)) as proxy:
        proxy.faults.append(Fault(f"POST .*{created}$", meanwhile=hold_up))
        deploy = cloud.tool.start(
            folder,
            "--room",
            HATHORA_CLOUD_ENDPOINT=proxy.endpoint,
            HATHORA_TOKEN=cloud.token,
        )
        assert has_come.wait(60)
        deploy.send_signal(signal.SIGINT)
        talk, _ = deploy.communicate(timeout=60)
        time.sleep(HELD_UP)  # so that the call is through, whatever the deploy did about it
    assert deploy.returncode == INTERRUPTED, talk
    assert_nothing_is_left(cloud, talk)
