"""Scenarios of the deprecated operations that make or change something; see changes.py."""

from __future__ import annotations

import re
from typing import Final

import requests

from hathora_deploy.api.multipart import CompletedPart, completion_document
from hathora_deploy.api.processes import ProcessStatus
from tests.cloud.handlers.conftest import game
from tests.end_to_end.parity.changes import Seen
from tests.end_to_end.parity.told import Json
from tests.end_to_end.parity.world import REGION, Caller, World

SETTINGS: Final[dict[str, Json]] = {
    "env": [{"name": "MOTD", "value": "a=b, c ü"}],
    "roomsPerProcess": 3,
    "additionalContainerPorts": [{"name": "query", "port": 8888, "transportType": "udp"}],
    "transportType": "tcp",
    "containerPort": 7777,
    "idleTimeoutEnabled": False,
}


def create_app_v1_deprecated(world: World, call: Caller) -> Seen:
    app = call("CreateAppV1Deprecated", appName=world.new_name(), authConfiguration={})
    yield app
    yield world.see("GetApp", appId=app["appId"])


def update_app_v1_deprecated(world: World, call: Caller) -> Seen:
    ways = {"google": {"clientId": "client"}}
    app_id, name = world.new_app(), world.new_name()
    yield call("UpdateAppV1Deprecated", appId=app_id, appName=name, authConfiguration=ways)
    yield world.see("GetApp", appId=app_id)


def delete_app_v1_deprecated(world: World, call: Caller) -> Seen:
    app_id = world.new_app()
    yield call("DeleteAppV1Deprecated", appId=app_id)
    apps = world.see("GetApps")["applications"]
    yield [app["appId"] for app in apps].count(app_id)


def create_build_deprecated(world: World, call: Caller) -> Seen:
    yield from _new_build(world, call, "CreateBuildDeprecated", buildTag="tag ü")


def create_build_v2_deprecated(world: World, call: Caller) -> Seen:
    yield from _new_build(world, call, "CreateBuildV2Deprecated", buildTag="tag ü")


def create_build_with_upload_url_v2_deprecated(world: World, call: Caller) -> Seen:
    yield from _new_build(world, call, "CreateBuildWithUploadUrlV2Deprecated")


def create_with_multipart_uploads_v2_deprecated(world: World, call: Caller) -> Seen:
    operation = "CreateWithMultipartUploadsV2Deprecated"
    yield from _new_build(world, call, operation, buildSizeInBytes=1234)


def run_build_deprecated(world: World, call: Caller) -> Seen:
    """The archive travels in a form; what comes is no archive, and the log says so."""
    build = world.see("CreateBuildDeprecated", appId=world.new_app())
    where = {"appId": build["appId"], "buildId": build["buildId"]}
    yield call("RunBuildDeprecated", **where, file="no archive ü")
    yield world.see("GetBuildInfoDeprecated", **where)


def run_build_v2_deprecated(world: World, call: Caller) -> Seen:
    """The archive has been uploaded before."""
    archive = game()
    app_id, size = world.new_app(), len(archive)
    operation = "CreateWithMultipartUploadsV2Deprecated"
    build = world.see(operation, appId=app_id, buildSizeInBytes=size)
    (part,) = build["uploadParts"]
    put = requests.put(part["putRequestUrl"], data=archive, timeout=30)
    parts = completion_document([CompletedPart(part["partNumber"], put.headers["ETag"])])
    done = requests.post(build["completeUploadPostRequestUrl"], data=parts, timeout=30)
    assert done.ok, done.text
    where = {"appId": app_id, "buildId": build["buildId"]}
    # Logs name a build by its real id, which is no number.
    yield re.sub(r"bld-[0-9a-f-]{36}", "BUILD", call("RunBuildV2Deprecated", **where))
    yield world.see("GetBuildInfoV2Deprecated", **where)


def delete_build_deprecated(world: World, call: Caller) -> Seen:
    yield from _deleted_build(world, call, "DeleteBuildDeprecated")


def delete_build_v2_deprecated(world: World, call: Caller) -> Seen:
    yield from _deleted_build(world, call, "DeleteBuildV2Deprecated")


def create_deployment_v1_deprecated(world: World, call: Caller) -> Seen:
    app_id, build_id = world.new_app(), world.old_build
    operation = "CreateDeploymentV1Deprecated"
    yield call(operation, appId=app_id, buildId=build_id, planName="small", **SETTINGS)
    yield world.see("GetLatestDeployment", appId=app_id)


def create_deployment_v2_deprecated(world: World, call: Caller) -> Seen:
    app_id, build_id = world.new_app(), world.old_build
    size: dict[str, Json] = {"requestedCPU": 0.5, "requestedMemoryMB": 1024}
    operation = "CreateDeploymentV2Deprecated"
    yield call(operation, appId=app_id, buildId=build_id, **size, **SETTINGS)
    yield world.see("GetLatestDeployment", appId=app_id)


def create_process_v2_deprecated(world: World, call: Caller) -> Seen:
    app_id = world.new_deployment(world.new_app()).app_id
    process_id = call("CreateProcessV2Deprecated", appId=app_id, region=REGION)["processId"]
    world.wait_for_process(app_id, process_id, ProcessStatus.RUNNING)
    yield world.see("GetProcessInfoV2Deprecated", appId=app_id, processId=process_id)


def stop_process_v2_deprecated(world: World, call: Caller) -> Seen:
    room = world.new_room(app_id := world.new_deployment(world.new_app()).app_id)
    yield call("StopProcessV2Deprecated", appId=app_id, processId=room.process_id)
    world.wait_for_process(app_id, room.process_id, ProcessStatus.STOPPED)
    yield world.see("GetProcess", appId=app_id, processId=room.process_id)


def get_process_info_deprecated(world: World, call: Caller) -> Seen:
    """It only reads, as do the next two, but counts have the time at which they are told."""
    where = {"appId": world.app_id, "processId": world.stopped.process_id}
    yield call("GetProcessInfoDeprecated", **where)


def get_running_processes(world: World, call: Caller) -> Seen:
    world.wait_for_room(world.app_id, world.room.room_id)
    yield call("GetRunningProcesses", appId=world.app_id, region=REGION)


def get_stopped_processes(world: World, call: Caller) -> Seen:
    yield call("GetStoppedProcesses", appId=world.stopped.app_id, region=REGION)


def create_room_deprecated(world: World, call: Caller) -> Seen:
    app_id = world.new_deployment(world.new_app()).app_id
    room_id = call("CreateRoomDeprecated", appId=app_id, region=REGION, roomConfig="ü")
    world.wait_for_room(app_id, room_id)
    yield world.see("GetRoomInfo", appId=app_id, roomId=room_id)


def destroy_room_deprecated(world: World, call: Caller) -> Seen:
    room = world.new_room(app_id := world.new_deployment(world.new_app()).app_id)
    yield call("DestroyRoomDeprecated", appId=app_id, roomId=room.room_id)
    yield world.see("GetInactiveRoomsForProcess", appId=app_id, processId=room.process_id)


def suspend_room_deprecated(world: World, call: Caller) -> Seen:
    yield from _suspended_room(world, call, "SuspendRoomDeprecated")


def suspend_room_v2_deprecated(world: World, call: Caller) -> Seen:
    yield from _suspended_room(world, call, "SuspendRoomV2Deprecated")


def _new_build(world: World, call: Caller, operation: str, **fields: Json) -> Seen:
    build = call(operation, appId=world.new_app(), **fields)
    yield build
    yield world.see("GetBuildInfoV2Deprecated", appId=build["appId"], buildId=build["buildId"])


def _deleted_build(world: World, call: Caller, operation: str) -> Seen:
    build = world.see("CreateBuildDeprecated", appId=world.new_app())
    yield call(operation, appId=build["appId"], buildId=build["buildId"])
    yield world.see("GetBuildsDeprecated", appId=build["appId"])


def _suspended_room(world: World, call: Caller, operation: str) -> Seen:
    room = world.new_room(app_id := world.new_deployment(world.new_app()).app_id)
    yield call(operation, appId=app_id, roomId=room.room_id)
    yield world.see("GetRoomInfo", appId=app_id, roomId=room.room_id)
