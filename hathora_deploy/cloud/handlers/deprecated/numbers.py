"""Builds and deployments by their numbers, for their caller only."""

from __future__ import annotations

from sqlalchemy import Connection

from hathora_deploy.api.errors import NotFound
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import find_app
from hathora_deploy.cloud.state import build_numbers, builds, deployments
from hathora_deploy.cloud.state.builds import BuildRecord
from hathora_deploy.cloud.state.deployments import DeploymentRecord


def find_build(connection: Connection, call: Call, app_id: str, number: int) -> BuildRecord:
    """Of the organization of an app: every app of it may use the build."""
    app = find_app(connection, call, app_id)
    key = build_numbers.key_of(connection, number)
    build = builds.get_by_key(connection, key) if key is not None else None
    if build is None or build.deleted_at is not None or build.org_id != app.org_id:
        raise NotFound(f"no build {number} in the organization of app {app_id}")
    return build


def find_deployment(
    connection: Connection, call: Call, app_id: str, number: int
) -> DeploymentRecord:
    find_app(connection, call, app_id)
    deployment = deployments.get_by_number(connection, app_id, number)
    if deployment is None:
        raise NotFound(f"no deployment {number} in app {app_id}")
    return deployment


def number_of_deployment(connection: Connection, deployment_id: str) -> int:
    deployment = deployments.get(connection, deployment_id)
    assert deployment is not None  # none is ever deleted
    assert deployment.number is not None  # it was read
    return deployment.number
