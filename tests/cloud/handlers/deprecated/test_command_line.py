"""A whole day of the old command line, which was made of many versions."""

from __future__ import annotations

import socket
import uuid

import requests

from tests.cloud.handlers.conftest import eventually, game
from tests.cloud.handlers.deprecated.conftest import SETTINGS, OldClient


def test_the_old_command_line_deploys_a_game_and_opens_a_room(old: OldClient) -> None:
    name = f"cli-{uuid.uuid4().hex[:8]}"
    app = old.post("/apps/v1/create", 201, json={"appName": name, "authConfiguration": {}})
    cli = OldClient(old.endpoint, old.token, app["appId"])

    build = cli.post("/builds/v1/{app}/create", 201, json={"buildTag": "day-one"})
    log = cli.run(build["buildId"], game())
    assert log.headers["content-type"].startswith("text/plain")
    path = f"/deployments/v2/{{app}}/create/{build['buildId']}"
    deployment = cli.post(path, 201, json=SETTINGS)
    room = cli.post("/rooms/v2/{app}/create", 201, json={"region": "Frankfurt"})
    where = eventually(
        lambda: cli.get(f"/rooms/v2/{{app}}/connectioninfo/{room['roomId']}"),
        lambda info: info["status"] == "active",
    )["exposedPort"]

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        player.settimeout(10)
        player.sendto(b"hello", (where["host"], where["port"]))
        assert player.recv(100) == b"hello"

    (running,) = cli.get("/processes/v1/{app}/list/running")
    assert running["deploymentId"] == deployment["deploymentId"]
    assert running["port"] == where["port"]
    output = requests.get(
        f"{cli.endpoint}/logs/v1/{cli.app_id}/all",
        headers={"Authorization": f"Bearer {cli.token}"},
        params={"tailLines": "100", "follow": "false"},
    )
    assert f"room {room['roomId']}" in output.text
    assert cli.send("POST", f"/processes/v2/{{app}}/stop/{running['processId']}").status_code == 204
    assert cli.send("DELETE", "/apps/v1/delete/{app}").status_code == 204
