"""A game server that is as good as its variable MODE says, and deployments of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.probe import Probe
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.pipeline.verification import Verification
from hathora_deploy.secret import Secret

GAME = r"""
import os, socket, sys, threading, time

mode, port = os.environ["MODE"], int(os.environ["PORT"])
print("mode", mode, flush=True)
if mode == "exits":
    sys.exit("no map named dust")
if mode == "never binds":
    time.sleep(600)
if mode == "udp":
    game = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    game.bind(("0.0.0.0", port))
    time.sleep(600)
if mode == "dies":
    threading.Timer(1, os._exit, [4]).start()
STATUS = {"good": "200 OK", "dies": "302 Found", "broken": "500 Internal Server Error"}
with socket.create_server(("0.0.0.0", port)) as server:
    while True:
        player, _ = server.accept()
        if mode == "hangs":
            threading.Timer(600, player.close).start()
            continue
        player.settimeout(1)
        try:
            player.recv(4096)
            player.sendall(f"HTTP/1.1 {STATUS[mode]}\r\nContent-Length: 0\r\n\r\n".encode())
        except OSError:
            pass
        player.close()
"""
DOCKERFILE = f"""FROM python:3.11-slim
COPY . /game/
WORKDIR /game
EXPOSE 7777/tcp
CMD ["{sys.executable}", "game.py"]
"""
SPEC = DeploymentSpec(
    container_port=7777,
    transport_type=TransportType.TCP,
    requested_cpu=0.25,
    requested_memory_mb=512,
    rooms_per_process=1,
    idle_timeout_enabled=True,
)

Deploy = Callable[..., DeploymentV3]


def asking(*probes: str, timeout: float = 30.0, stay: float = 0.1) -> Verification:
    return Verification(tuple(map(Probe.named, probes)), Region.LONDON, timeout, stay)


def with_mode(mode: str, **given: object) -> DeploySettings:
    settings = DeploySettings(
        env={"MODE": Secret(mode)}, deployment_tag=mode, verification=asking("tcp", timeout=20)
    )
    return replace(settings, **given)  # type: ignore[arg-type]  # any of its fields


def assert_nothing_runs(cloud: HathoraCloud) -> None:
    ended = {ProcessStatus.STOPPING, ProcessStatus.STOPPED, ProcessStatus.FAILED}
    found = cloud.processes_v3.get_latest_processes()
    assert found
    assert {process.status for process in found} <= ended
