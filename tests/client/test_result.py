"""A call's outcome as a value."""

from __future__ import annotations

import pytest

from hathora_deploy.api.builds import GetBuilds, RunBuild
from hathora_deploy.api.errors import NotFound
from hathora_deploy.api.lobbies import CreateLobby, LobbyVisibility
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import GetProcess
from hathora_deploy.client import Err, HathoraCloud, Ok
from hathora_deploy.client.errors import ConnectionError
from hathora_deploy.secret import Secret
from tests.client.serving import Server, cut


def test_a_call_that_succeeds_is_ok(server: Server, cloud: HathoraCloud) -> None:
    server.answers(200, b'{"builds":[]}')

    match cloud.try_call(GetBuilds()):
        case Ok(page):
            assert page.builds == []
        case Err(error):
            raise error


def test_a_stream_that_opens_is_ok(server: Server, cloud: HathoraCloud) -> None:
    server.answers(200, b"line\n")

    match cloud.try_call(RunBuild(build_id="b")):
        case Ok(stream):
            assert list(stream.lines()) == ["line"]
        case Err(error):
            raise error


@pytest.mark.parametrize("operation", [GetBuilds(), RunBuild(build_id="b")])
def test_a_call_that_is_refused_is_an_error(
    server: Server, cloud: HathoraCloud, operation: GetBuilds | RunBuild
) -> None:
    server.answers(404, b'{"message":"no"}')

    match cloud.try_call(operation):
        case Err(NotFound(message="no")):
            pass
        case other:
            raise AssertionError(other)


def test_no_failure_of_a_call_is_raised(server: Server, cloud: HathoraCloud) -> None:
    server.answer = cut
    assert isinstance(cloud.try_call(GetBuilds()), Err)
    match cloud.try_call(GetBuilds()), cloud.try_call(GetProcess(process_id="..")):
        case Err(ConnectionError()), Err(error):
            assert "process_id" in error.message or "processId" in error.message
        case other:
            raise AssertionError(other)


def test_a_player_is_named_by_each_call(server: Server, cloud: HathoraCloud) -> None:
    server.answers(404, b'{"message":"no player-token here"}')
    lobby = CreateLobby(visibility=LobbyVisibility.PUBLIC, region=Region.TOKYO)

    match cloud.try_call(lobby, player_auth=Secret("player-token")):
        case Err(NotFound(message=message)):
            assert message == "no [REDACTED] here"
        case other:
            raise AssertionError(other)
    assert server.asked[0].headers["authorization"] == "Bearer player-token"
