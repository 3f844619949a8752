from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from hathora_deploy.client import AsyncHathoraCloud, HathoraCloud
from tests.client.driven import Driven
from tests.client.serving import Server, served

Connect = Callable[..., HathoraCloud]


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as server:
        yield server


@pytest.fixture(params=["blocking", "async"])
def connect(request: pytest.FixtureRequest, server: Server) -> Iterator[Connect]:
    """Makes clients of the server, or of another endpoint: of either mode, and used alike."""
    with ExitStack() as stack:
        if request.param == "async":
            runner = stack.enter_context(asyncio.Runner())

        def connected(token: Any = "org-token", **settings: Any) -> Any:
            settings = {"endpoint": server.endpoint, **settings}
            if request.param == "blocking":
                return stack.enter_context(HathoraCloud(token, **settings))
            return stack.enter_context(Driven(AsyncHathoraCloud(token, **settings), runner))

        yield connected


@pytest.fixture
def cloud(connect: Connect) -> HathoraCloud:
    return connect(app_id="app-1", org_id="org-1")
