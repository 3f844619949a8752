"""Scenarios of logins, lobbies, rooms and processes; see changes.py."""

from __future__ import annotations

import jwt

from hathora_deploy.api.processes import ProcessStatus
from tests.cloud.handlers.test_google_login import CLIENT_ID
from tests.end_to_end.parity.changes import Seen
from tests.end_to_end.parity.told import Json
from tests.end_to_end.parity.world import REGION, Caller, World


def login_anonymous(world: World, call: Caller) -> Seen:
    app_id = world.new_app()
    login = call("LoginAnonymous", appId=app_id)
    yield login
    yield claims(world, app_id, login)


def login_nickname(world: World, call: Caller) -> Seen:
    app_id = world.new_app()
    login = call("LoginNickname", appId=app_id, nickname="Zoë")
    yield login
    yield claims(world, app_id, login)


def login_google(world: World, call: Caller) -> Seen:
    app_id = world.new_app()
    ways = {"google": {"clientId": CLIENT_ID}}
    world.see("PatchApp", appId=app_id, authConfiguration=ways)
    login = call("LoginGoogle", appId=app_id, idToken=world.google.id_token())
    yield login
    yield claims(world, app_id, login)


def create_lobby(world: World, call: Caller) -> Seen:
    app_id = world.new_deployment(world.new_app()).app_id
    room_id = world.new_name()
    yield call(
        "CreateLobby",
        player=world.player(app_id),
        appId=app_id,
        region=REGION,
        visibility="private",
        roomConfig="ü",
        roomId=room_id,
        shortCode="LFG4",
    )
    world.wait_for_room(app_id, room_id)
    yield world.see("GetLobbyInfoByShortCode", appId=app_id, shortCode="LFG4")
    yield world.see("GetRoomInfo", appId=app_id, roomId=room_id)


def create_process(world: World, call: Caller) -> Seen:
    app_id = world.new_deployment(world.new_app()).app_id
    process_id = call("CreateProcess", appId=app_id, region=REGION)["processId"]
    world.wait_for_process(app_id, process_id, ProcessStatus.RUNNING)
    yield world.see("GetProcess", appId=app_id, processId=process_id)


def stop_process(world: World, call: Caller) -> Seen:
    room = world.new_room(app_id := world.new_deployment(world.new_app()).app_id)
    yield call("StopProcess", appId=app_id, processId=room.process_id)
    world.wait_for_process(app_id, room.process_id, ProcessStatus.STOPPED)
    yield world.see("GetProcess", appId=app_id, processId=room.process_id)


def create_room(world: World, call: Caller) -> Seen:
    app_id = world.new_deployment(world.new_app()).app_id
    room_id = world.new_name()
    yield call(
        "CreateRoom",
        appId=app_id,
        roomId=room_id,
        region=REGION,
        roomConfig='{"motd": "ü"}',
        clientIPs=["192.0.2.1"],
    )
    world.wait_for_room(app_id, room_id)
    yield world.see("GetRoomInfo", appId=app_id, roomId=room_id)


def destroy_room(world: World, call: Caller) -> Seen:
    room = world.new_room(app_id := world.new_deployment(world.new_app()).app_id)
    yield call("DestroyRoom", appId=app_id, roomId=room.room_id)
    yield world.see("GetInactiveRoomsForProcess", appId=app_id, processId=room.process_id)


def resume_room(world: World, call: Caller) -> Seen:
    room = world.new_room(app_id := world.new_deployment(world.new_app()).app_id)
    yield call("ResumeRoom", appId=app_id, roomId=room.room_id)
    yield world.see("GetRoomInfo", appId=app_id, roomId=room.room_id)


def update_room_config(world: World, call: Caller) -> Seen:
    room = world.new_room(app_id := world.new_deployment(world.new_app()).app_id)
    yield call("UpdateRoomConfig", appId=app_id, roomId=room.room_id, roomConfig="ü")
    yield world.see("GetRoomInfo", appId=app_id, roomId=room.room_id)


def claims(world: World, app_id: str, login: Json) -> dict[str, Json]:
    """What a game server reads in the token of a player."""
    secret = world.see("GetApp", appId=app_id)["appSecret"]
    found: dict[str, Json] = jwt.decode(login["token"], secret, algorithms=["HS256"])
    return found
