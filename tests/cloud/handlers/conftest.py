"""A cloud over a real socket, and game servers small enough to read in a test."""

from __future__ import annotations

import io
import sys
import tarfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import pytest
import requests

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.api.builds import BuildV3, CreatedBuildV3WithMultipartUrls
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.multipart import CompletedPart, completion_document
from hathora_deploy.api.network import TransportType
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import organization
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.identity import issue_token
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.secret import Secret
from tests.cloud.conftest import HOMES
from tests.cloud.serving import served

ValueT = TypeVar("ValueT")

LISTEN = """
import os, signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
game = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print("room", os.environ["HATHORA_INITIAL_ROOM_ID"], flush=True)
game.bind(("127.0.0.1", int(os.environ["PORT"])))
while True:
    data, address = game.recvfrom(1500)
    print("heard", data.decode(), flush=True)
    if data == b"crash":
        sys.exit(3)
    if data == b"leave":
        sys.exit(0)
    game.sendto(data, address)
"""


def some_name() -> str:
    """Which nothing has: an earlier attempt at the same test may have left something."""
    return f"test-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class Running:
    """A cloud that is served, and its client."""

    cloud: Cloud
    endpoint: str
    client: HathoraCloud

    def new_app(self, name: str | None = None) -> HathoraCloud:
        """A client whose app is new."""
        app = self.client.apps_v2.create_app(
            app_name=name or some_name(), auth_configuration=AuthConfiguration()
        )
        return self.client_with(app_id=app.app_id)

    def client_with(self, token: str | None = None, app_id: str | None = None) -> HathoraCloud:
        own = self.cloud.settings.token_file.read_text()
        return HathoraCloud(token or own, endpoint=self.endpoint, app_id=app_id)

    def other_org(self) -> HathoraCloud:
        """A client of an organization that this cloud also serves."""
        return self.client_with(token=self.token_of_other_org())

    def token_of_other_org(self) -> str:
        """The organization is new."""
        now = datetime.now(UTC)
        with self.cloud.store.write() as connection:
            org = organization.found(connection, name="other", now=now)
            _, token = issue_token(
                connection, org_id=org.org_id, name="other", created_by="test", now=now
            )
        return token.reveal()


ON_EVERY_HOME = frozenset(
    {
        "test_apps",
        "test_builds",
        "test_deployments",
        "test_fleets",
        "test_imports",
        "test_leases",
        "test_lobbies",
        "test_members",
        "test_processes",
        "test_rooms",
        "test_service_config",
        "test_suspended_rooms",
        "test_usage",
    }
)
"""The modules whose tests run with state in SQLite and in PostgreSQL."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    module = metafunc.module.__name__.rpartition(".")[2]
    if "home" in metafunc.fixturenames and module in ON_EVERY_HOME:
        metafunc.parametrize("home", HOMES, scope="module", indirect=True)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, database: Secret | None) -> Iterator[Running]:
    settings = CloudSettings(
        data_dir=tmp_path_factory.mktemp("cloud"),
        database=database,
        runtime="process",
        start_timeout=5,
        stop_grace=2,
    )
    cloud = Cloud.open(settings)
    cloud.start()
    with served(create_app(cloud)) as endpoint:
        client = HathoraCloud(settings.token_file.read_text(), endpoint=endpoint)
        yield Running(cloud, endpoint, client)
        cloud.close()


@pytest.fixture
def client(running: Running) -> HathoraCloud:
    """Its app is new."""
    return running.new_app()


def archive(dockerfile: str, **files: str) -> bytes:
    """A ``.tgz`` with a Dockerfile and other files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in {"Dockerfile": dockerfile, **files}.items():
            info = tarfile.TarInfo(name.replace("__", "."))
            info.size = len(text.encode())
            info.mode = 0o755
            tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def game(script: str = LISTEN, port: int = 7777) -> bytes:
    """An archive whose server is a Python script."""
    return archive(
        f"FROM python\nWORKDIR /game\nCOPY . .\nEXPOSE {port}/udp\n"
        f'CMD ["{sys.executable}", "server.py"]\n',
        server__py=script,
    )


def upload(created: CreatedBuildV3WithMultipartUrls, data: bytes) -> None:
    """Put every part and complete."""
    parts = []
    for part in created.upload_parts:
        start = (part.part_number - 1) * created.max_chunk_size
        response = requests.put(
            part.put_request_url.reveal(), data=data[start : start + created.max_chunk_size]
        )
        assert response.status_code == 200, response.text
        parts.append(CompletedPart(part.part_number, response.headers["ETag"]))
    done = requests.post(
        created.complete_upload_post_request_url.reveal(), data=completion_document(parts)
    )
    assert done.status_code == 200, done.text


def build(client: HathoraCloud, data: bytes) -> tuple[BuildV3, str]:
    """Upload and run; the build with its verdict, and its log."""
    created = client.builds_v3.create_build(build_size_in_bytes=len(data))
    upload(created, data)
    with client.builds_v3.run_build(build_id=created.build_id) as stream:
        log = stream.read().decode()
    return client.builds_v3.get_build(build_id=created.build_id), log


def deploy(
    client: HathoraCloud,
    data: bytes | None = None,
    *,
    rooms_per_process: int = 1,
    port: int = 7777,
    fleet_id: str | None = None,
    transport_type: TransportType = TransportType.UDP,
    idle_timeout_enabled: bool = False,
) -> DeploymentV3:
    """Build and deploy."""
    built, log = build(client, data or game())
    assert built.status == "succeeded", log
    return deploy_build(
        client,
        built.build_id,
        rooms_per_process=rooms_per_process,
        port=port,
        fleet_id=fleet_id,
        transport_type=transport_type,
        idle_timeout_enabled=idle_timeout_enabled,
    )


def deploy_build(
    client: HathoraCloud,
    build_id: str,
    *,
    rooms_per_process: int = 1,
    port: int = 7777,
    fleet_id: str | None = None,
    transport_type: TransportType = TransportType.UDP,
    idle_timeout_enabled: bool = False,
) -> DeploymentV3:
    """Deploy what is built."""
    return client.deployments_v3.create_deployment(
        build_id=build_id,
        idle_timeout_enabled=idle_timeout_enabled,
        env=[],
        rooms_per_process=rooms_per_process,
        transport_type=transport_type,
        container_port=port,
        requested_memory_mb=512,
        requested_cpu=0.5,
        fleet_id=fleet_id,
    )


def eventually(look: Callable[[], ValueT], until: Callable[[ValueT], bool]) -> ValueT:
    """What is seen once it is as it should be; the last thing seen fails the test otherwise."""
    deadline = time.monotonic() + 60
    while not until(seen := look()):
        assert time.monotonic() < deadline, f"still: {seen}"
        time.sleep(0.02)
    return seen
