"""A server that listens on HATHORA_DEFAULT_PORT, which in a container is not its own port unless ports are equal."""

from __future__ import annotations

import socket
from pathlib import Path

from .conftest import StartCloud, wait_until
from .games.base_image import base_image

DOCKERFILE = """\
FROM {base}
EXPOSE 7777/tcp
CMD while :; do echo "here is $PORT" | nc -l -p $HATHORA_DEFAULT_PORT; done
"""


def test_players_reach_a_server_that_listens_on_the_port_of_its_players(
    start_cloud: StartCloud, tmp_path: Path
) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with base_image([]) as base:
        (folder / "Dockerfile").write_text(DOCKERFILE.format(base=base))
        cloud = start_cloud(runtime="docker", HATHORA_CLOUD_EQUAL_PORTS="1")
        deployed = cloud.tool.json(folder)
        client = cloud.client(app_id=deployed["appId"])
        room = deployed["room"]["roomId"]
        wait_until(
            lambda: client.rooms_v2.get_connection_info(room_id=room).status == "active",
            "players may come",
        )
        at = client.rooms_v2.get_connection_info(room_id=room).exposed_port
        assert at is not None
        with socket.create_connection((at.host, at.port), timeout=10) as player:
            assert player.makefile().readline() == f"here is {at.port}\n"
        cloud.tool.ok("processes", "stop", "--all", "--app-id", deployed["appId"])
