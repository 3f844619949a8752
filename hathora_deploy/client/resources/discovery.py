"""Ping endpoints of the regions."""

from __future__ import annotations

from hathora_deploy.api import discovery
from hathora_deploy.client.call import Resource, call


class DiscoveryV2(Resource):
    """Ping endpoints of the regions."""

    get_ping_service_endpoints = call(discovery.GetPingServiceEndpoints)
