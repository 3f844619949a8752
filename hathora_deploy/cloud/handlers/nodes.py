"""NodesV1. There is one node, this machine, and it is in every fleet and every region that there is."""

from __future__ import annotations

from typing import Final

from hathora_deploy.api.errors import NotFound
from hathora_deploy.api.network import Hosting, Region
from hathora_deploy.api.nodes import GetNode, ListProvisionedNodes, NodeV1, NodeV1Status
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import find_fleet
from hathora_deploy.cloud.machine import this_machine
from hathora_deploy.cloud.state import nodes
from hathora_deploy.cloud.state.nodes import NodeRecord

_HOME: Final = Region.SEATTLE


def list_provisioned_nodes(operation: ListProvisionedNodes, call: Call) -> list[NodeV1]:
    with call.cloud.store.read() as connection:
        find_fleet(connection, call, operation.org_id, operation.fleet_id)
        node = nodes.current(connection)
    regions, region = call.cloud.settings.regions, operation.region or _home(call)
    return [_view(node, region)] if node and (regions is None or region in regions) else []


def get_node(operation: GetNode, call: Call) -> NodeV1:
    with call.cloud.store.read() as connection:
        node = nodes.current(connection)
    if node is None or node.node_id != operation.node_id:
        raise NotFound(f"no node {operation.node_id} in this cloud")
    return _view(node, _home(call))


def _home(call: Call) -> Region:
    """Where the machine is said to be when no region is asked for: it is counted once."""
    regions = call.cloud.settings.regions
    return Region(next(iter(regions))) if regions is not None else _HOME


def _view(node: NodeRecord, region: Region) -> NodeV1:
    machine = this_machine()
    return NodeV1(
        node_id=node.node_id,
        host=node.host,
        hosting=Hosting.METAL,
        status=NodeV1Status.RUNNING,
        region=region,
        cpu=machine.vcpus,
        memory_mb=machine.memory_mb,
        gpu=machine.gpus,
        started_at=node.started_at,
        stopped_at=None,
    )
