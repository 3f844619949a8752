"""``hathora-deploy import``, from a cloud over a socket and from files, into a cloud of its own."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hathora_deploy.api.network import Region
from hathora_deploy.api.rooms import RoomReadyStatus
from hathora_deploy.cli import settings_file
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.settings import CloudSettings

from .conftest import Cloud, Run

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

MOTD = "a=b, c\n'hush'"
SERVER = """\
import os, socket
port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
port.bind(("0.0.0.0", int(os.environ["HATHORA_DEFAULT_PORT"])))
print("motd", ascii(os.environ["MOTD"]), flush=True)
while True:
    port.sendto(*port.recvfrom(1500))
"""


@pytest.fixture
def server(tmp_path: Path) -> Path:
    folder = tmp_path / "arena"
    folder.mkdir()
    (folder / "server.py").write_text(SERVER)
    (folder / "Dockerfile").write_text(
        f'FROM python\nCOPY . .\nEXPOSE 7777/udp\nCMD ["{sys.executable}", "server.py"]\n'
    )
    return folder


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """The cloud that is imported into."""
    data_dir = tmp_path_factory.mktemp("other") / "cloud"
    yield daemon.start(CloudSettings(data_dir=data_dir, runtime="process", port=0))
    daemon.stop(data_dir)


@pytest.fixture
def into(other: RunningCloud) -> dict[str, str]:
    """Variables that name it."""
    return {"HATHORA_DATA_DIR": str(other.data_dir)}


@pytest.fixture
def here(other: RunningCloud) -> Iterator[HathoraCloud]:
    with HathoraCloud(other.token, endpoint=other.endpoint) as client:
        yield client
        for app in client.apps_v2.get_apps().applications:
            client.apps_v2.delete_app(app_id=app.app_id)


@pytest.fixture
def app_id(cloud: Cloud) -> str:
    """Of an app on the cloud that is imported from."""
    found: str = cloud.json("apps", "create", "arena")["appId"]
    return found


@pytest.fixture
def deployed_id(cloud: Cloud, server: Path) -> str:
    """Of an app there that was deployed twice."""
    for tag in ("one", "two"):
        done = cloud.json(
            "deploy",
            server,
            "--no-room",
            *("--deployment-tag", tag, "--env", f"MOTD={MOTD}", "--rooms-per-process", "3"),
            *("--additional-container-ports", "query:27016/udp", "--no-idle-timeout-enabled"),
        )
    found: str = done["appId"]
    return found


def test_an_app_moves_and_is_played_after_one_deploy(
    run: Run,
    local_cloud: RunningCloud,
    deployed_id: str,
    server: Path,
    other: RunningCloud,
    into: dict[str, str],
    here: HathoraCloud,
    tmp_path: Path,
) -> None:
    with HathoraCloud(local_cloud.token, endpoint=local_cloud.endpoint) as there:
        before = there.apps_v2.get_app(app_id=deployed_id)
        history = there.deployments_v3.get_deployments(app_id=deployed_id).deployments
    from_there = {"HATHORA_TOKEN": local_cloud.token.reveal(), **into}

    done = run(
        "import", "--from", local_cloud.endpoint, "--app-id", "arena", "-o", "json", **from_there
    )

    assert done.returncode == 0, done.stderr
    assert "hush" not in done.stdout + done.stderr
    assert "MOTD" in done.stderr
    told = json.loads(done.stdout)
    assert (told["appId"], told["isNew"], told["deployments"]) == (deployed_id, True, 2)
    assert told["endpoint"] == other.endpoint
    moved = here.apps_v2.get_app(app_id=deployed_id)
    assert moved.app_secret == before.app_secret
    found = here.deployments_v3.get_deployments(app_id=deployed_id).deployments
    assert [(each.deployment_id, each.deployment_tag, each.created_at) for each in found] == [
        (each.deployment_id, each.deployment_tag, each.created_at) for each in history
    ]

    text = (tmp_path / "hathora.toml").read_text()
    assert "hush" not in text
    values = settings_file.read(tmp_path / "hathora.toml").values
    assert values["app_id"] == deployed_id
    assert values["from_latest"] is True
    assert values["rooms_per_process"] == 3
    assert values["additional_container_ports"] == ["query:27016/udp"]
    assert values["idle_timeout_enabled"] is False
    assert "endpoint" not in values

    refused = run("rooms", "create", **into)
    assert refused.returncode == 1
    assert "was imported without its files: deploy" in refused.stderr

    deployed = run("deploy", server, "-o", "json", **into)

    assert deployed.returncode == 0, deployed.stderr
    latest = here.deployments_v3.get_latest_deployment(app_id=deployed_id)
    assert latest.build_id == history[0].build_id, "the same content has the same id"
    assert latest.env == history[0].env
    assert latest.rooms_per_process == 3
    room = here.rooms_v2.create_room(app_id=deployed_id, region=Region.SEATTLE)
    assert room.status is RoomReadyStatus.ACTIVE


def test_to_import_twice_changes_nothing_and_no_file_is_overwritten_unasked(
    run: Run, cloud: Cloud, app_id: str, into: dict[str, str], here: HathoraCloud, tmp_path: Path
) -> None:
    saved = tmp_path / "saved.json"
    there = endpoint_of(cloud)
    # To save takes one cloud: what is said of a second makes no difference.
    one_cloud = {"HATHORA_CLOUD_ENDPOINT": there, "CI": "true"}
    cloud("import", "--from", there, "-a", app_id, "--save", saved, "--save-only", **one_cloud)
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert not (tmp_path / "hathora.toml").exists()
    (tmp_path / "hathora.toml").write_text("[build]\n")

    first = run("import", saved, **into)
    before = here.apps_v2.get_apps()
    second = run("import", saved, "--overwrite", **into)

    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert "hathora.toml as it is: --overwrite replaces it" in first.stderr
    assert "it is here already" in second.stderr
    assert here.apps_v2.get_apps() == before
    assert app_id in (tmp_path / "hathora.toml").read_text()
    again = cloud("import", "--from", there, "-a", app_id, "--save", saved, "--save-only", code=2)
    assert f"or import it: hathora-deploy import {saved}" in again.stderr


def test_what_was_saved_stays_where_the_import_fails_and_is_what_to_go_on_with(
    run: Run,
    local_cloud: RunningCloud,
    app_id: str,
    into: dict[str, str],
    here: HathoraCloud,
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    nowhere = str(tmp_path / "file" / "cloud")
    words = ("import", "--from", local_cloud.endpoint, "-a", app_id, "--save", "saved.json")
    token = {"HATHORA_FROM_TOKEN": local_cloud.token.reveal()}

    failed = run(*words, "--local", **token, HATHORA_DATA_DIR=nowhere)

    assert failed.returncode == 1
    command = f"hathora-deploy import saved.json --local --data-dir {nowhere}"
    assert failed.stderr.endswith(f"; then go on with what is saved: {command}\n")
    assert run("import", "saved.json", **into).returncode == 0
    assert here.apps_v2.get_app(app_id=app_id).app_id == app_id


def test_an_app_of_the_same_id_and_another_secret_is_refused_and_nothing_is_written(
    run: Run, into: dict[str, str], here: HathoraCloud, tmp_path: Path
) -> None:
    app = {"appId": "app-1", "appName": "arena", "authConfiguration": {}}
    for name in ("one", "two"):
        (tmp_path / f"{name}.json").write_text(json.dumps({**app, "appSecret": f"hush-{name}"}))
    assert run("import", tmp_path / "one.json", **into).returncode == 0
    (tmp_path / "hathora.toml").unlink()

    done = run("import", tmp_path / "two.json", **into)

    assert done.returncode == 1
    assert "there is another app app-1 on this cloud" in done.stderr
    assert "hush" not in done.stderr
    assert not (tmp_path / "hathora.toml").exists()


def test_two_clouds_take_two_tokens(
    run: Run, local_cloud: RunningCloud, app_id: str, other: RunningCloud, here: HathoraCloud
) -> None:
    words = ("import", "--from", local_cloud.endpoint, "--endpoint", other.endpoint, "-a", app_id)
    token = {"HATHORA_TOKEN": other.token.reveal()}

    without = run(*words, **token)
    done = run(*words, **token, HATHORA_FROM_TOKEN=local_cloud.token.reveal())

    assert without.returncode == 2
    assert "HATHORA_FROM_TOKEN" in without.stderr
    assert done.returncode == 0, done.stderr
    assert here.apps_v2.get_app(app_id=app_id).app_id == app_id


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        ((), {}, "name the cloud by --from URL, or files"),
        (("x.json", "--from", "http://127.0.0.1:9"), {}, "name the cloud by --from URL, or files"),
        (("x.json", "--save-only"), {}, "--save-only needs --save"),
        (("x.json",), {"CI": "true"}, "in a pipeline (CI is set)"),
        (("--from", "nowhere"), {}, "the endpoint is not an http"),
        (
            ("--from", "http://127.0.0.1:9", "--endpoint", "http://127.0.0.1:9/"),
            {},
            "is at http://127.0.0.1:9 already",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    run: Run, words: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    done = run("import", *words, **variables)

    assert done.returncode == 2
    assert said in done.stderr


def test_a_cloud_that_is_gone_is_told_with_what_else_can_be_done(run: Run) -> None:
    done = run("import", "--from", "http://127.0.0.1:9", HATHORA_TOKEN="t", HATHORA_APP_ID="app-1")

    assert done.returncode == 1
    assert "hathora-deploy import app.json" in done.stderr


def endpoint_of(cloud: Cloud) -> str:
    found: str = cloud.json("cloud", "status")["endpoint"]
    return found
