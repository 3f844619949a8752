"""Every group against a real cloud: what is asked for is on stdout, in text and in JSON."""

from __future__ import annotations

import json
import shlex
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest

from .conftest import Cloud

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud

SERVER = """\
import os, socket, time
port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
port.bind(("0.0.0.0", int(os.environ["HATHORA_DEFAULT_PORT"])))
print("hello", os.environ.get("GREETING"), flush=True)
while True:
    time.sleep(60)
"""


@pytest.fixture
def server(tmp_path: Path) -> Path:
    folder = tmp_path / "My Server"
    folder.mkdir()
    (folder / "server.py").write_text(SERVER)
    # A port of its own: other clouds of this machine run games too.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "Dockerfile").write_text(
        f'FROM python\nCOPY . .\nEXPOSE {port}/udp\nCMD ["python3", "server.py"]\n'
    )
    return folder


def test_a_deploy_in_text_prints_where_the_room_is_and_talks_on_stderr(
    cloud: Cloud, server: Path
) -> None:
    done = cloud(server)
    (line,) = done.stdout.splitlines()
    assert line.startswith("  running   room ")
    assert line.endswith("(udp)")
    assert " in Seattle  →  127.0.0.1:" in line
    stages = [line.split()[0] for line in done.stderr.splitlines() if line[2:3].strip()]
    assert stages == ["no", "app", "package", "upload", "build", "deploy", "room"]
    assert "app       my-server, new:" in done.stderr


def test_an_archive_is_deployed_as_it_is_to_the_app_of_its_folder(
    cloud: Cloud, server: Path
) -> None:
    cloud("package", server)
    archive = server.with_name("My Server.tgz")
    deployed = cloud.json(archive)
    assert deployed["build"]["status"] == "succeeded"
    assert deployed["archive"]["archiveBytes"] == archive.stat().st_size
    assert deployed["room"]["exposedPort"]["host"] == "127.0.0.1"
    assert archive.exists()
    (app,) = cloud.json("apps")["apps"]
    assert app["appName"] == "my-server"
    assert cloud.json("builds", "create", archive)["status"] == "succeeded"


def test_an_archive_that_is_cut_short_is_not_sent(cloud: Cloud, server: Path) -> None:
    cloud("package", server)
    archive = server.with_name("My Server.tgz")
    archive.write_bytes(archive.read_bytes()[:-1])
    before = cloud.json("builds")["builds"]
    for words in ([archive], ["builds", "create", archive]):
        assert "damaged or cut short" in cloud(*words, code=1).stderr
    assert "my-server" not in {app["appName"] for app in cloud.json("apps")["apps"]}
    assert cloud.json("builds")["builds"] == before


def test_a_file_of_another_kind_is_no_server(cloud: Cloud, server: Path) -> None:
    said = cloud(server / "server.py", "-a", "game", code=2).stderr
    assert "neither a folder nor a .tgz" in said
    again = f"hathora-deploy {shlex.quote(str(server))} --app-id game"
    assert f"hint: deploy the folder that it is in: {again}\n" in said


def test_first_deploys_at_once_share_the_app_that_one_of_them_makes(
    cloud: Cloud, server: Path
) -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: cloud(server, "--no-room"), range(3)))
    (app,) = cloud.json("apps")["apps"]
    assert f"app       my-server: {app['appId']}" in cloud(server, "--no-room").stderr


def test_a_deploy_in_json_prints_one_object_that_holds_no_secret(
    cloud: Cloud, server: Path
) -> None:
    deployed = cloud.json(server, "--env", "GREETING=hush=1,2", "--region", "tokyo")
    assert deployed["build"]["status"] == "succeeded"
    assert deployed["room"]["region"] == "Tokyo"
    assert deployed["room"]["exposedPort"]["host"] == "127.0.0.1"
    assert deployed["archive"]["files"] == 2
    assert deployed["deployment"]["env"] == [{"name": "GREETING", "value": "[REDACTED]"}]
    log = cloud.json("logs", deployed["room"]["processId"])
    assert log["lines"] == ["hello hush=1,2"]


def test_what_init_writes_is_good_for_a_deploy(cloud: Cloud, server: Path) -> None:
    (server / "Dockerfile").unlink()
    (server / "server.py").write_text(SERVER.replace("SOCK_DGRAM", "SOCK_STREAM").replace(
        "print(", "port.listen(); print(", 1
    ))  # fmt: skip
    cloud("init", server)
    assert cloud.json(server)["room"]["exposedPort"]["transportType"] == "tcp"


def test_settings_of_the_folder_and_the_environment_reach_the_deployment(
    cloud: Cloud, server: Path
) -> None:
    (server / "hathora.toml").write_text(
        "[deployment]\nrequested-cpu = 1\nrooms-per-process = 3\n"
        '[deployment.env]\nA = "file"\nB = "file"\n'
    )
    deployed = cloud.json(
        "deploy", server, "--no-room", "--rooms-per-process", "4",
        HATHORA_DEPLOYMENT_REQUESTED_CPU="2", HATHORA_DEPLOYMENT_ENV="B=variable",
    )  # fmt: skip
    assert deployed["room"] is None
    assert deployed["deployment"]["requestedCPU"] == 2
    assert deployed["deployment"]["roomsPerProcess"] == 4
    assert [variable["name"] for variable in deployed["deployment"]["env"]] == ["A", "B"]


def test_the_second_deploy_of_a_folder_goes_to_the_same_app(cloud: Cloud, server: Path) -> None:
    first = cloud.json(server, "--no-room")
    second = cloud.json(server, "--no-room")
    assert first["appId"] == second["appId"]
    assert first["deployment"]["deploymentId"] != second["deployment"]["deploymentId"]
    listed = cloud.json("deployments")["deployments"]
    assert [deployment["deploymentId"] for deployment in listed] == [
        second["deployment"]["deploymentId"],
        first["deployment"]["deploymentId"],
    ]
    assert cloud.json("deployments", "latest") == second["deployment"]
    assert (
        cloud.json("deployments", "get", first["deployment"]["deploymentId"])
        == (first["deployment"])
    )


def test_a_folder_without_a_dockerfile_makes_no_app(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = cloud(tmp_path / "empty", code=1)
    assert "error: the folder" in done.stderr
    assert "my-server" not in {app["appName"] for app in cloud.json("apps")["apps"]}


def test_processes_say_what_runs_where_and_since_when(cloud: Cloud, server: Path) -> None:
    assert cloud("processes").stderr == "nothing runs\n"
    room = cloud.json(server)["room"]
    titles, line = cloud("processes").stdout.splitlines()
    assert titles.split()[0] == "PROCESS"
    for fact in (room["processId"], "my-server", "Seattle", "running", "1/1", " ago, 20"):
        assert fact in line
    assert cloud.json("processes", "get", room["processId"])["status"] == "running"

    cloud("processes", "stop", room["processId"])
    assert cloud.json("processes")["processes"] == []
    (ended,) = cloud.json("processes", "list", "--all")["processes"]
    assert ended["status"] == "stopped"


def test_a_process_without_a_room_is_started_and_all_are_stopped(
    cloud: Cloud, server: Path
) -> None:
    cloud(server, "--no-room")
    started = cloud.json("processes", "start", "--region", "London")
    assert started["region"] == "London"
    assert cloud.json("processes", "stop", "--all") == {"stopped": [started["processId"]]}
    assert cloud("processes", "stop", "--all").stderr == "nothing runs\n"
    assert "name the processes" in cloud("processes", "stop", code=2).stderr


def test_rooms_are_created_listed_connected_to_and_destroyed(cloud: Cloud, server: Path) -> None:
    cloud(server, "--no-room")
    assert cloud("rooms").stderr == "there are no rooms\n"
    name = f"cup-final-{token_hex(4)}"
    room = cloud.json("rooms", "create", "--room-id", name, "--region", "sydney")
    assert room["roomId"] == name
    assert name in cloud("rooms").stdout
    (listed,) = cloud.json("rooms", "list", room["processId"])["rooms"]
    assert listed["roomId"] == name
    assert cloud.json("rooms", "get", name)["allocations"][0]["processId"] == (room["processId"])
    assert cloud.json("rooms", "connect", name)["roomId"] == name
    cloud("rooms", "destroy", name)
    assert cloud.json("rooms") == {"rooms": []}


def test_logs_are_those_of_the_newest_process_byte_for_byte(cloud: Cloud, server: Path) -> None:
    nothing = "error: no process has run yet\nhint: hathora-deploy PATH deploys a folder\n"
    assert cloud("logs", code=1).stderr == nothing
    process = cloud.json(server, "--env", "GREETING=\x1b[31mred")["room"]["processId"]
    done = cloud("logs")
    assert done.stdout == "hello \x1b[31mred\n"
    assert done.stderr == f"process {process} of my-server\n"


def test_followed_logs_end_when_the_process_does(cloud: Cloud, server: Path) -> None:
    (server / "server.py").write_text(SERVER.replace("time.sleep(60)", "time.sleep(2); break"))
    cloud(server)
    done = cloud("logs", "--follow", "--output", "json")
    assert [json.loads(line)["line"] for line in done.stdout.splitlines()] == ["hello None"]
    assert "has stopped" in done.stderr


def test_builds_are_made_listed_and_deleted(cloud: Cloud, server: Path) -> None:
    build = cloud.json("builds", "create", server, "--build-tag", "v1")
    assert (build["status"], build["buildTag"]) == ("succeeded", "v1")
    assert build["buildId"] in cloud("builds").stdout
    assert build == {**cloud.json("builds", "get", build["buildId"]), "reused": False}
    assert cloud.json("builds", "create", server)["reused"] is True
    cloud("builds", "delete", build["buildId"])
    assert build["buildId"] not in cloud("builds").stdout


def test_a_build_that_runs_is_deleted_by_force_once_another_is_deployed(
    cloud: Cloud, server: Path
) -> None:
    first = cloud.json(server)["deployment"]
    refused = cloud("builds", "delete", first["buildId"], code=1).stderr
    assert first["deploymentId"] in refused
    (server / "changed").write_text("since")
    cloud(server)
    cloud("builds", "delete", first["buildId"], code=1)

    cloud("builds", "delete", "--force", first["buildId"])

    assert first["buildId"] not in cloud("builds").stdout
    assert len(cloud.json("processes")["processes"]) == 1


def test_an_id_of_nothing_is_told_with_the_list_to_look_at(cloud: Cloud) -> None:
    for words, hint in (
        (("builds", "get", "bld-0"), "hathora-deploy builds"),
        (("processes", "get", "p-0"), "hathora-deploy processes"),
        (("rooms", "get", "r-0"), "hathora-deploy rooms"),
        (("apps", "get", "app-0"), "hathora-deploy apps"),
    ):
        done = cloud(*words, code=1)
        assert words[-1] in done.stderr
        assert f"hint: {hint}" in done.stderr or hint in done.stderr


def test_apps_are_named_by_id_or_name(cloud: Cloud, tmp_path: Path) -> None:
    arena = cloud.json("apps", "create", "arena")
    assert arena["appSecret"] == "[REDACTED]"
    assert cloud.json("apps", "get", "arena") == arena
    assert cloud.json("apps", "get", arena["appId"]) == arena
    assert cloud.json("apps", "get") == arena, "the only one there is"
    cloud("apps", "create", "lobby")
    done = cloud("deployments", code=1)
    assert "which app? There are " in done.stderr
    assert "arena (app-" in done.stderr
    assert "hint: pass --app-id" in done.stderr
    (tmp_path / "ci.toml").write_text('[staging.app]\nid = "arena"\n')
    of_file = cloud("deployments", "--config", str(tmp_path / "ci.toml"), code=1).stderr
    assert "hint: pass --environment staging, or --app-id" in of_file
    assert cloud("deployments", "--app-id", "arena").stderr == "there are no deployments of arena\n"
    assert cloud.json("apps", "delete", "arena") == {"deleted": [arena["appId"]]}


def test_an_unknown_app_is_told_with_those_there_are(cloud: Cloud, server: Path) -> None:
    cloud("apps", "create", "arena")
    done = cloud(server, "--app-id", "app-0", code=1)
    assert "there is no app app-0" in done.stderr
    assert "hathora-deploy apps create NAME" in done.stderr
    unknown = cloud("status", "-a", "castle", code=1).stderr
    assert unknown.endswith("or: hathora-deploy apps create castle\n")
    assert "arena (app-" in done.stderr
    assert "package" not in done.stderr


def test_a_token_is_shown_once_and_revoked(cloud: Cloud) -> None:
    name = f"ci-{token_hex(4)}"
    done = cloud("tokens", "create", name)
    text = done.stdout.strip()
    assert text not in done.stderr
    made = next(t for t in cloud.json("tokens")["tokens"] if text.endswith(t["lastFourCharsOfKey"]))
    assert made["name"] == name
    assert text not in cloud("tokens").stdout
    cloud("tokens", "revoke", made["orgTokenId"])
    assert cloud("tokens").stdout.count("revoked") >= 1


def test_a_token_with_scopes_may_do_what_they_say_and_shows_them(cloud: Cloud) -> None:
    scopes = ("--scope", "builds:read-write", "--scope", "deployments:read-write")
    name = f"narrow-{token_hex(4)}"
    done = cloud("tokens", "create", name, *scopes)
    running = json.loads(cloud("cloud", "-o", "json").stdout)
    caller = {"HATHORA_TOKEN": done.stdout.strip(), "HATHORA_CLOUD_ENDPOINT": running["endpoint"]}

    assert cloud("builds", **caller).returncode == 0
    refused = cloud("apps", "create", "arena", code=1, **caller)
    assert "the token lacks the scope applications:read-write" in refused.stderr
    (line,) = [line for line in cloud("tokens").stdout.splitlines() if f" {name} " in line]
    assert "builds:read-write,deployments:read-write" in line

    (made,) = [t for t in cloud.json("tokens")["tokens"] if t["name"] == name]
    cloud("tokens", "revoke", made["orgTokenId"])


@pytest.mark.parametrize("scopes", [(), ("--scope", "admin")])
def test_a_token_without_scopes_or_with_admin_may_do_everything(
    cloud: Cloud, scopes: tuple[str, ...]
) -> None:
    made = cloud.json("tokens", "create", f"all-{token_hex(4)}", *scopes)["orgToken"]
    assert made["scopes"] == "admin"
    cloud("tokens", "revoke", made["orgTokenId"])

    cloud("tokens", "create", "all", "--scope", "admin", "--scope", "builds:read", code=2)


def test_the_endpoint_of_the_local_cloud_needs_no_token(
    cloud: Cloud, local_cloud: RunningCloud
) -> None:
    assert cloud.json("apps", "--endpoint", local_cloud.endpoint) == {"apps": []}


def test_a_pipeline_may_insist_on_the_local_cloud(cloud: Cloud) -> None:
    assert cloud.json("apps", "--local", CI="true", HATHORA_TOKEN="wrong") == {"apps": []}


def test_no_app_is_made_for_a_folder_that_cannot_be_deployed(cloud: Cloud, server: Path) -> None:
    assert "requested_cpu 99" in cloud(server, "--requested-cpu", "99", code=2).stderr
    (server / "Dockerfile").unlink()
    assert "no Dockerfile" in cloud(server, code=1).stderr
    assert "my-server" not in {app["appName"] for app in cloud.json("apps")["apps"]}


def test_elsewhere_no_app_is_made_and_the_only_one_is_used(
    cloud: Cloud, local_cloud: RunningCloud, server: Path
) -> None:
    elsewhere = {
        "HATHORA_TOKEN": local_cloud.token.reveal(),
        "HATHORA_CLOUD_ENDPOINT": local_cloud.endpoint,
    }
    assert "there is no app yet" in cloud(server, code=1, **elsewhere).stderr
    cloud("apps", "create", "arena")
    done = cloud(server, **elsewhere)
    assert "arena (app-" in done.stderr
    assert done.stdout.startswith("  deployed  dep-"), "and no room is started unasked"
