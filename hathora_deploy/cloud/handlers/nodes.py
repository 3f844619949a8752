"""NodesV1. Each cloud of the database is a node: its machine, in every fleet and region that there is."""

from __future__ import annotations

from typing import Final

from hathora_deploy.api.errors import NotFound
from hathora_deploy.api.network import Hosting, Region
from hathora_deploy.api.nodes import GetNode, ListProvisionedNodes, NodeV1, NodeV1Status
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import find_fleet
from hathora_deploy.cloud.machine import Machine, this_machine
from hathora_deploy.cloud.state import nodes
from hathora_deploy.cloud.state.nodes import NodeRecord

_HOME: Final = Region.SEATTLE


def list_provisioned_nodes(operation: ListProvisionedNodes, call: Call) -> list[NodeV1]:
    with call.cloud.store.read() as connection:
        find_fleet(connection, call, operation.org_id, operation.fleet_id)
        found = nodes.present(connection)
    regions, region = call.cloud.settings.regions, operation.region or _home(call)
    is_there = regions is None or region in regions
    return [_view(node, region, call) for node in found] if is_there else []


def get_node(operation: GetNode, call: Call) -> NodeV1:
    with call.cloud.store.read() as connection:
        found = nodes.present(connection)
    node = next((node for node in found if node.node_id == operation.node_id), None)
    if node is None:
        raise NotFound(f"no node {operation.node_id} in this cloud")
    return _view(node, _home(call), call)


def _home(call: Call) -> Region:
    """Where the machine is said to be when no region is asked for: it is counted once."""
    regions = call.cloud.settings.regions
    return Region(next(iter(regions))) if regions is not None else _HOME


def _view(node: NodeRecord, region: Region, call: Call) -> NodeV1:
    machine = this_machine()
    if node.node_id != call.cloud.node.node_id:
        machine = Machine(node.host, node.vcpus or 0, node.memory_mb or 0, node.gpus)
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
