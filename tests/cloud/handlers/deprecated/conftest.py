"""Clients of old, which know only paths and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.cloud.handlers.conftest import Running, eventually, game


@dataclass(frozen=True)
class OldClient:
    """Whoever has a token, and speaks for an app."""

    endpoint: str
    token: str
    app_id: str

    def send(self, method: str, path: str, **message: Any) -> requests.Response:
        """The answer, whatever it is; ``{app}`` in the path is the app."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = self.endpoint + path.replace("{app}", self.app_id)
        return requests.request(method, url, headers=headers, timeout=30, **message)

    def get(self, path: str, **message: Any) -> Any:
        return self._json("GET", path, 200, **message)

    def post(self, path: str, status: int = 200, **message: Any) -> Any:
        return self._json("POST", path, status, **message)

    def built(self, archive: bytes | None = None) -> int:
        """The number of a build that has succeeded."""
        number = self.post("/builds/v1/{app}/create", 201, json={"buildTag": "1.0"})["buildId"]
        log = self.run(number, archive or game())
        assert log.status_code == 200, log.text
        assert self.get(f"/builds/v1/{{app}}/info/{number}")["status"] == "succeeded", log.text
        assert isinstance(number, int)
        return number

    def run(self, number: int, archive: bytes, version: int = 1) -> requests.Response:
        """Send the archive with the request that runs the build, as a form."""
        file = ("bundle.tgz", archive, "application/gzip")
        return self.send("POST", f"/builds/v{version}/{{app}}/run/{number}", files={"file": file})

    def deployed(self, archive: bytes | None = None) -> Any:
        """A deployment of a new build."""
        path = f"/deployments/v2/{{app}}/create/{self.built(archive)}"
        return self.post(path, 201, json=SETTINGS)

    def room(self) -> str:
        """The id of a room that players can connect to."""
        room: str = self.post("/rooms/v1/{app}/create", 201, json={"region": "Seattle"})
        path = f"/rooms/v1/{{app}}/connectioninfo/{room}"
        eventually(lambda: self.get(path)["status"], lambda status: status == "active")
        return room

    def _json(self, method: str, path: str, status: int, **message: Any) -> Any:
        answer = self.send(method, path, **message)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


SETTINGS = {
    "idleTimeoutEnabled": False,
    "env": [{"name": "MOTD", "value": "hello"}],
    "roomsPerProcess": 2,
    "transportType": "udp",
    "containerPort": 7777,
    "requestedMemoryMB": 512,
    "requestedCPU": 0.5,
}

NEVER_BINDS = game("import time\ntime.sleep(60)\n")
"""A game server that stays in its start."""


@pytest.fixture
def old(running: Running) -> OldClient:
    """Its app is new."""
    token = running.cloud.settings.token_file.read_text()
    app_id = running.new_app().app_id
    assert app_id is not None
    return OldClient(running.endpoint, token, app_id)


@pytest.fixture
def stranger(running: Running, old: OldClient) -> OldClient:
    """A client of another organization, which names the same app."""
    return OldClient(running.endpoint, running.token_of_other_org(), old.app_id)
