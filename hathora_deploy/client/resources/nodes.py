"""Nodes."""

from __future__ import annotations

from hathora_deploy.api import nodes
from hathora_deploy.client.call import Resource, call


class NodesV1(Resource):
    """Nodes."""

    list_provisioned_nodes = call(nodes.ListProvisionedNodes)
    get_node = call(nodes.GetNode)
