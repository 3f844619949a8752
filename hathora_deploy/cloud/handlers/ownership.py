"""Finds what a call names, for its caller only: what belongs to others is not found either.

Where the caller belongs to the organization and lacks the scope there, all of these raise Unauthorized.
"""

from __future__ import annotations

from sqlalchemy import Connection

from hathora_deploy.api.errors import NotFound, Unauthorized
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.state import apps, builds, deployments, fleets, processes, rooms
from hathora_deploy.cloud.state.apps import AppRecord
from hathora_deploy.cloud.state.builds import BuildRecord
from hathora_deploy.cloud.state.deployments import DeploymentRecord
from hathora_deploy.cloud.state.fleets import FleetRecord
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.rooms import RoomRecord


def check_org(call: Call, org_id: str | None) -> str:
    """The organization that is named, or else the caller's own, a user's first; another is not found."""
    if org_id is not None:
        if not call.caller.reaches(org_id):
            raise NotFound(f"no organization {org_id} is open to this token")
        return org_id
    own = call.caller.org_ids
    if not own:
        raise NotFound("the caller belongs to no organization")
    return own[0]


def check_membership(call: Call, org_id: str) -> str:
    """As ``check_org``, for operations that the contract lets answer 401 and not 404."""
    if not call.caller.reaches(org_id):
        raise Unauthorized(f"no organization {org_id} is open to this token")
    return org_id


def find_app(connection: Connection, call: Call, app_id: str) -> AppRecord:
    app = apps.get(connection, app_id)
    if app is None or not call.caller.reaches(app.org_id):
        raise NotFound(f"no app {app_id} in your organization")
    return app


def app_of_players(connection: Connection, app_id: str) -> AppRecord:
    """For anybody who knows its id: players belong to no organization."""
    app = apps.get(connection, app_id)
    if app is None:
        raise NotFound(f"there is no app {app_id}")
    return app


def find_fleet(
    connection: Connection, call: Call, org_id: str | None, fleet_id: str
) -> FleetRecord:
    """Of the organization that is named, or else of the caller's own that has it."""
    for own in call.caller.org_ids if org_id is None else [check_org(call, org_id)]:
        fleet = fleets.get(connection, own, fleet_id)
        if fleet is not None:
            return fleet
    raise NotFound(f"no fleet {fleet_id} in your organization")


def find_build(
    connection: Connection, call: Call, build_id: str, *, org_id: str | None = None
) -> BuildRecord:
    """Of the organization that is named, or else of the first of the caller's own that has it."""
    for own in call.caller.org_ids if org_id is None else [check_org(call, org_id)]:
        build = builds.get(connection, own, build_id)
        if build is not None:
            return build
    raise NotFound(f"no build {build_id} in your organization")


def find_deployment(
    connection: Connection, call: Call, app_id: str, deployment_id: str
) -> DeploymentRecord:
    find_app(connection, call, app_id)
    deployment = deployments.get(connection, deployment_id)
    if deployment is None or deployment.app_id != app_id:
        raise NotFound(f"no deployment {deployment_id} in app {app_id}")
    return deployment


def find_process(connection: Connection, call: Call, app_id: str, process_id: str) -> ProcessRecord:
    find_app(connection, call, app_id)
    process = processes.get(connection, process_id)
    if process is None or process.app_id != app_id:
        raise NotFound(f"no process {process_id} in app {app_id}")
    return process


def find_room(connection: Connection, call: Call, app_id: str, room_id: str) -> RoomRecord:
    find_app(connection, call, app_id)
    return room_of_app(connection, app_id, room_id)


def room_of_app(connection: Connection, app_id: str, room_id: str) -> RoomRecord:
    """For anybody who knows both ids: players ask where to connect without a token."""
    room = rooms.get(connection, room_id)
    if room is None or room.app_id != app_id:
        raise NotFound(f"no room {room_id} in app {app_id}")
    return room
