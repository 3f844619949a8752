"""Nodes: the machines of a fleet."""

from __future__ import annotations

from hathora_deploy.api.model import DateTime, Model, Number, OpenEnum
from hathora_deploy.api.network import Hosting, Region
from hathora_deploy.api.operation import Operation, Query


class NodeV1Status(OpenEnum):
    """What a node is doing."""

    RUNNING = "running"
    DRAINING = "draining"
    STOPPED = "stopped"


class NodeV1(Model):
    """A node."""

    node_id: str
    host: str
    hosting: Hosting
    status: NodeV1Status
    region: Region
    cpu: Number
    memory_mb: int
    gpu: int | None
    started_at: DateTime
    stopped_at: DateTime | None


class ListProvisionedNodes(
    Operation[list[NodeV1]],
    method="GET",
    path="/nodes/v1/fleet/{fleetId}/listProvisioned",
    errors=(401, 404, 408, 429),
):
    """List the nodes of a fleet."""

    fleet_id: str
    region: Query[Region | None] = None
    org_id: Query[str | None] = None


class GetNode(
    Operation[NodeV1],
    method="GET",
    path="/nodes/v1/{nodeId}",
    errors=(401, 404, 408, 429),
):
    """Get a node."""

    node_id: str
