"""A real cloud whose builds wait at a gate, a proxy that breaks what it is told to, and another pipeline."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hathora_deploy.api.builds import BuildStatus, BuildV3, CreatedBuildV3WithMultipartUrls
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.archive import pack
from hathora_deploy.pipeline.context import read_context
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.digest import content_build_id, content_digest
from hathora_deploy.pipeline.hashes import hash_files
from hathora_deploy.pipeline.settings import DeploySettings
from tests.pipeline.proxy import FaultProxy
from tests.pipeline.reporter import RecordingReporter
from tests.serving import serving

if sys.platform != "win32":
    from hathora_deploy.cloud.app import create_app
    from hathora_deploy.cloud.cloud import Cloud
    from hathora_deploy.cloud.errors import BuildCancelled
    from hathora_deploy.cloud.settings import CloudSettings
    from hathora_deploy.cloud.state import builds as build_records
    from tests.cloud.handlers.conftest import Running, upload
    from tests.cloud.serving import served

DOCKERFILE = f'FROM python\nCOPY . /game\nEXPOSE 7777/udp\nCMD ["{sys.executable}", "-V"]\n'


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
    with serving(FaultProxy(running.endpoint)) as proxy:
        yield proxy


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

    def create(self) -> CreatedBuildV3WithMultipartUrls:
        """Create the build and upload nothing."""
        return self.client.builds_v3.create_build(
            build_size_in_bytes=len(self._archive()), build_id=self.build_id, build_tag="other"
        )

    def go_on(self, created: CreatedBuildV3WithMultipartUrls) -> None:
        """Upload the build and run it; it goes on when nobody reads its log."""
        upload(created, self._archive())
        self.client.builds_v3.run_build(build_id=self.build_id).close()

    def begin(self) -> None:
        """Create the build, upload and run it."""
        self.go_on(self.create())

    def delete(self) -> None:
        self.client.builds_v3.delete_build(build_id=self.build_id)

    def status(self) -> BuildStatus:
        return self.client.builds_v3.get_build(build_id=self.build_id).status

    def _archive(self) -> bytes:
        with pack(read_context(self.folder)) as archive:
            return archive.path.read_bytes()

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
