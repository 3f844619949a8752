"""A real cloud over real sockets, a proxy that breaks what it is told to, and a game to deploy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.settings import DeploySettings
from tests.pipeline.proxy import FaultProxy
from tests.pipeline.reporter import RecordingReporter
from tests.serving import serving

if sys.platform != "win32":
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
    with serving(FaultProxy(running.endpoint)) as proxy:
        yield proxy


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


def assert_stopped(cloud: HathoraCloud) -> None:
    ended = {ProcessStatus.STOPPING, ProcessStatus.STOPPED, ProcessStatus.FAILED}
    assert {process.status for process in processes(cloud)} <= ended
