"""What each reading operation is asked, in a world where it has something to answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.end_to_end.parity.told import Json
from tests.end_to_end.parity.world import REGION, World


def _app(world: World) -> dict[str, Json]:
    return {"appId": world.deployment.app_id}


def _org(world: World) -> dict[str, Json]:
    return {"orgId": world.org_id}


def _process(world: World) -> dict[str, Json]:
    return {"appId": world.app_id, "processId": world.room.process_id}


def _stopped(world: World) -> dict[str, Json]:
    return {"appId": world.app_id, "processId": world.stopped.process_id}


def _fleet_metrics(world: World) -> dict[str, Json]:
    # A time that has gone by: of the present more is known at every look.
    names = ["utilized", "provisionedTotal"]
    return {"fleetId": world.fleet_id, "metrics": names, **world.a_while_ago, "step": 60}


def _process_filter(world: World) -> dict[str, Json]:
    running, stopped = world.room, world.stopped
    assert running.process_id != stopped.process_id
    return {"appId": world.app_id, "region": [REGION]}


def _room(world: World) -> dict[str, Json]:
    return {"appId": world.app_id, "roomId": world.room.room_id}


READS: Final[dict[str, Callable[[World], dict[str, Json]]]] = {
    "GetApps": _org,
    "GetApp": _app,
    "GetBuilds": _org,
    "GetBuild": lambda world: {"buildId": world.build.build_id},
    "GetDeployments": _app,
    "GetLatestDeployment": _app,
    "GetDeployment": lambda world: {
        "appId": world.app_id,
        "deploymentId": world.deployment.deployment_id,
    },
    "GetPingServiceEndpoints": lambda world: {},
    "GetFleets": _org,
    "GetFleet": lambda world: {"fleetId": world.fleet_id},
    "GetFleetRegion": lambda world: {"fleetId": world.fleet_id, "region": REGION},
    "GetNodeShapes": _org,
    "GetFleetMetrics": _fleet_metrics,
    "GetFleetRegionMetrics": lambda world: {**_fleet_metrics(world), "region": REGION},
    "GetInvoices": _org,
    "GetPaymentMethod": _org,
    "GetUpcomingInvoiceItems": _org,
    "GetUpcomingInvoiceTotal": _org,
    "GetLobbyInfoByRoomId": lambda world: {
        "appId": world.app_id,
        "roomId": world.lobby.room_id,
    },
    "GetLobbyInfoByShortCode": lambda world: {
        "appId": world.app_id,
        "shortCode": world.lobby.short_code,
    },
    "ListActivePublicLobbies": lambda world: {
        "appId": world.lobby.app_id,
        "region": world.lobby.region,
    },
    "GetLogsForProcess": _stopped,
    "DownloadLogForProcess": _stopped,
    "ListProvisionedNodes": lambda world: {"fleetId": world.fleet_id, "region": REGION},
    "GetNode": lambda world: {"nodeId": world.node_id},
    "GetOrgs": lambda world: {},
    "GetOrgMembers": _org,
    "GetOrgPendingInvites": _org,
    "GetProcessesCountExperimental": lambda world: {
        **_process_filter(world),
        "status": ["running", "stopped"],
    },
    "GetLatestProcesses": _process_filter,
    "GetProcess": _process,
    "GetProcessMetrics": lambda world: {
        **_process(world),
        "metrics": ["cpu", "activeConnections"],
        **world.a_while_ago,
    },
    "GetConnectionInfo": _room,
    "GetRoomInfo": _room,
    "GetActiveRoomsForProcess": _process,
    "GetInactiveRoomsForProcess": _stopped,
    "GetOrgTokens": _org,
}
"""Both clients ask the same, one after the other, and nothing changes in between."""
