"""An operation that has a successor warns whoever calls it."""

from __future__ import annotations

import asyncio
import warnings
from pathlib import Path

import pytest

from hathora_deploy.api.builds import GetBuilds
from hathora_deploy.api.deprecated.apps_v1 import GetAppsV1Deprecated
from hathora_deploy.client import AsyncHathoraCloud, HathoraCloud, Ok
from tests.client.serving import Server

HERE = Path(__file__).name


def told(recorded: list[warnings.WarningMessage]) -> list[tuple[str, str]]:
    return [(str(each.message), Path(each.filename).name) for each in recorded]


EXPECTED = [("GetAppsV1Deprecated is deprecated: call get_apps instead", HERE)]


def test_the_warning_names_the_successor_and_the_line_that_calls(server: Server) -> None:
    server.answers(200, b"[]")
    with HathoraCloud("t", endpoint=server.endpoint) as cloud:
        with pytest.warns(DeprecationWarning, match="call get_apps instead") as executed:
            assert cloud.execute(GetAppsV1Deprecated()) == []
        with pytest.warns(DeprecationWarning, match="call get_apps instead") as tried:
            assert cloud.try_call(GetAppsV1Deprecated()) == Ok([])

    assert told(list(executed)) == told(list(tried)) == EXPECTED


def test_it_is_told_of_a_call_that_is_awaited_too(server: Server) -> None:
    server.answers(200, b"[]")

    async def call() -> None:
        async with AsyncHathoraCloud("t", endpoint=server.endpoint) as cloud:
            assert await cloud.execute(GetAppsV1Deprecated()) == []
            assert await cloud.try_call(GetAppsV1Deprecated()) == Ok([])

    with pytest.warns(DeprecationWarning, match="call get_apps instead") as recorded:
        asyncio.run(call())
    assert told(list(recorded)) == EXPECTED * 2


def test_what_has_no_successor_warns_of_nothing(server: Server) -> None:
    server.answers(200, b'{"builds":[]}')
    with HathoraCloud("t", endpoint=server.endpoint) as cloud, warnings.catch_warnings():
        warnings.simplefilter("error")
        cloud.execute(GetBuilds())
