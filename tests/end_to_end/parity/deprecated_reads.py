"""What each deprecated reading operation is asked: things have numbers, and belong to an app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.end_to_end.parity.told import Json
from tests.end_to_end.parity.world import REGION, World

Asked = Callable[[World], dict[str, Json]]


def _app(world: World) -> dict[str, Json]:
    return {"appId": world.deployment.app_id}


def _build(world: World) -> dict[str, Json]:
    return {"appId": world.app_id, "buildId": world.old_build}


def _deployment(world: World) -> dict[str, Json]:
    deployments = world.see("GetDeploymentsV2Deprecated", **_app(world))
    return {"appId": world.app_id, "deploymentId": deployments[0]["deploymentId"]}


def _process(world: World) -> dict[str, Json]:
    return {"appId": world.app_id, "processId": world.room.process_id}


def _processes(world: World) -> dict[str, Json]:
    running, stopped = world.room, world.stopped
    assert running.process_id != stopped.process_id
    return {"appId": world.app_id, "region": [REGION]}


def _room(world: World) -> dict[str, Json]:
    return {"appId": world.app_id, "roomId": world.room.room_id}


def _stopped(world: World) -> dict[str, Json]:
    return {"appId": world.app_id, "processId": world.stopped.process_id}


DEPRECATED_READS: Final[dict[str, Asked]] = {
    "GetAppsV1Deprecated": lambda world: {},
    "GetAppInfoV1Deprecated": _app,
    "GetBuildsDeprecated": _app,
    "GetBuildInfoDeprecated": _build,
    "GetBuildsV2Deprecated": _app,
    "GetBuildInfoV2Deprecated": _build,
    "GetDeploymentsV1Deprecated": _app,
    "GetLatestDeploymentV1Deprecated": _app,
    "GetDeploymentInfoV1Deprecated": _deployment,
    "GetDeploymentsV2Deprecated": _app,
    "GetLatestDeploymentV2Deprecated": _app,
    "GetDeploymentInfoV2Deprecated": _deployment,
    "GetPingServiceEndpointsDeprecated": lambda world: {},
    "GetProcessesCountExperimentalV2Deprecated": lambda world: {
        **_processes(world),
        "status": ["running", "stopped"],
    },
    "GetProcessInfoV2Deprecated": _process,
    "GetLatestProcessesV2Deprecated": _processes,
    "GetConnectionInfoDeprecated": _room,
    "GetRoomInfoDeprecated": _room,
    "GetActiveRoomsForProcessDeprecated": _process,
    "GetInactiveRoomsForProcessDeprecated": _stopped,
}
"""Both clients ask the same, one after the other, and nothing changes in between."""
