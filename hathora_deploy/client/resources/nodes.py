"""Nodes."""

from __future__ import annotations

from hathora_deploy.api import nodes
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class NodesV1(Resource[ModeT]):
    """Nodes."""

    list_provisioned_nodes = call(nodes.ListProvisionedNodes)
    get_node = call(nodes.GetNode)
