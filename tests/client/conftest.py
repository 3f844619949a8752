from __future__ import annotations

from collections.abc import Iterator

import pytest

from hathora_deploy.client import HathoraCloud
from tests.client.serving import Server, served


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as server:
        yield server


@pytest.fixture
def cloud(server: Server) -> Iterator[HathoraCloud]:
    cloud = HathoraCloud("org-token", app_id="app-1", org_id="org-1", endpoint=server.endpoint)
    yield cloud
    cloud.close()
