"""Operations that are kept for old clients: they work, and say what to call instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from hathora_deploy.client import HathoraCloud
from tests.client.serving import Server


def test_a_deprecated_method_works_and_warns_where_it_is_called(
    server: Server, cloud: HathoraCloud
) -> None:
    server.answers(200, b"[]", content_type="application/json")

    with pytest.warns(DeprecationWarning, match="call get_apps instead") as warned:
        assert cloud.apps_v1.get_apps_v1_deprecated() == []

    assert [Path(warning.filename).parent for warning in warned] == [Path(__file__).parent]
    assert server.asked[0].path == "/apps/v1/list"


def test_what_is_deprecated_of_a_current_resource_warns_too(
    server: Server, cloud: HathoraCloud
) -> None:
    server.answers(204)

    with pytest.warns(DeprecationWarning, match="call destroy_room instead"):
        cloud.rooms_v2.suspend_room_v2_deprecated(room_id="r")

    assert server.asked[0].path == "/rooms/v2/app-1/suspend/r"


def test_a_player_creates_a_lobby_of_old_with_the_players_token(
    server: Server, cloud: HathoraCloud
) -> None:
    server.answers(200, b'"room-1"', content_type="application/json")

    with pytest.warns(DeprecationWarning, match="call create_lobby instead"):
        room_id = cloud.lobbies_v1.create_private_lobby_deprecated("player-token", local=True)

    assert room_id == "room-1"
    assert server.asked[0].headers["authorization"] == "Bearer player-token"
    assert server.asked[0].path == "/lobby/v1/app-1/create/private?local=true"


def test_an_archive_travels_as_a_file_of_a_form(
    server: Server, cloud: HathoraCloud, tmp_path: Path
) -> None:
    server.answers(200, b"building\n", content_type="text/plain")
    (tmp_path / "bundle.tgz").write_bytes(b"an archive")

    with (
        (tmp_path / "bundle.tgz").open("rb") as file,
        pytest.warns(DeprecationWarning, match="call run_build instead"),
        cloud.builds_v1.run_build_deprecated(build_id=3, file=file) as log,
    ):
        assert log.read() == b"building\n"

    asked = server.asked[0]
    assert asked.path == "/builds/v1/app-1/run/3"
    assert asked.headers["accept"] == "text/plain"
    assert asked.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="bundle.tgz"' in asked.body
    assert b"\r\n\r\nan archive\r\n" in asked.body


def test_a_build_that_was_uploaded_before_is_run_without_a_file(
    server: Server, cloud: HathoraCloud
) -> None:
    server.answers(200, b"building\n", content_type="application/octet-stream")

    with (
        pytest.warns(DeprecationWarning, match="call run_build instead"),
        cloud.builds_v2.run_build_v2_deprecated(build_id=3) as log,
    ):
        assert log.read() == b"building\n"

    assert server.asked[0].body == b""
