"""``hathora`` in this program, against the shared local cloud, with an environment of the test's."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.api.deployments import DeploymentV3, EnvironmentVariable
from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cli.official.program import run
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.progress import LineReporter
from hathora_deploy.client import HathoraCloud, debug
from hathora_deploy.pipeline.folder_build import build_folder
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import eventually

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud

pytest.register_assert_rewrite("tests.cli.official.deadline_checks")

EXAMPLE = Path(__file__).parents[3] / "examples" / "coin-rush"


@dataclass(frozen=True)
class Done:
    """What a command printed."""

    stdout: str
    stderr: str

    @property
    def value(self) -> str:
        return self.stdout.removesuffix("\n")

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Studio:
    """A cloud with two apps, of which one has a build, a deployment and a process that has ended."""

    running: RunningCloud
    client: HathoraCloud
    app_id: str
    build_id: str
    deployment: DeploymentV3
    process_id: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HATHORA_CLOUD_ENDPOINT": self.running.endpoint,
            "HATHORA_TOKEN": self.running.token.reveal(),
            "HATHORA_APP_ID": self.app_id,
        }


class Hathora:
    """Types commands; keywords are variables of the environment, None removes one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str | Path, code: int = 0, **variables: str | None) -> Done:
        self._capsys.readouterr()
        with self._monkeypatch.context() as patch:
            for name, text in variables.items():
                if text is None:
                    patch.delenv(name, raising=False)
                else:
                    patch.setenv(name, text)
            status = run([str(word) for word in words])
        done = Done(*self._capsys.readouterr())
        assert status == code, done.stdout + done.stderr
        return done


@pytest.fixture
def hathora(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    studio: Studio,
) -> Iterator[Hathora]:
    for name in os.environ:
        if name.startswith("HATHORA_") or name in ("CI", "GITHUB_ACTIONS"):
            monkeypatch.delenv(name)
    for name, text in studio.environment.items():
        monkeypatch.setenv(name, text)
    # No cloud is to be found in the folder of whoever runs the tests.
    monkeypatch.setenv("HATHORA_DATA_DIR", str(tmp_path / "no-cloud"))
    monkeypatch.chdir(tmp_path)
    yield Hathora(monkeypatch, capsys)
    debug.logger.handlers.clear()
    debug.logger.setLevel(logging.NOTSET)


@pytest.fixture
def write_server(tmp_path: Path) -> Callable[..., Path]:
    """Writes the folder of a game server, whose content no other has."""

    def write(command: str = "sleep 60", *, name: str = "server") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "Dockerfile").write_text(
            f"FROM scratch\nCOPY . .\nEXPOSE 7777/udp\nCMD {command}\n"
        )
        (folder / "id").write_text(str(tmp_path / name))
        return folder

    return write


@pytest.fixture(scope="module")
def studio(local_cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    client = HathoraCloud(local_cloud.token, endpoint=local_cloud.endpoint)
    apps = [
        client.apps_v2.create_app(
            app_name=f"{name}-{token_hex(4)}", auth_configuration=AuthConfiguration()
        )
        for name in ("official-arena", "official-lobby")
    ]
    client.app_id = apps[0].app_id
    folder = tmp_path_factory.mktemp("talker")
    (folder / "Dockerfile").write_text(
        'FROM scratch\nEXPOSE 7777/udp\nCMD ["sh", "-c", "echo one; echo two; echo three"]\n'
    )
    built = build_folder(
        client, folder, settings=DeploySettings(), reporter=LineReporter(Output())
    ).build
    deployment = client.deployments_v3.create_deployment(
        build_id=built.build_id,
        requested_cpu=0.5,
        requested_memory_mb=512,
        container_port=7777,
        transport_type=TransportType.UDP,
        rooms_per_process=3,
        env=[EnvironmentVariable(name="LEVEL", value=Secret("hard"))],
        idle_timeout_enabled=False,
    )
    process = client.processes_v3.create_process(region=Region.SEATTLE)
    eventually(
        lambda: client.processes_v3.get_process(process_id=process.process_id).status,
        lambda status: status in (ProcessStatus.STOPPED, ProcessStatus.FAILED),
    )
    yield Studio(
        local_cloud, client, apps[0].app_id, built.build_id, deployment, process.process_id
    )
    for app in apps:
        client.apps_v2.delete_app(app_id=app.app_id)
    client.close()
