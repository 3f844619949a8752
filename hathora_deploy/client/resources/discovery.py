"""Ping endpoints of the regions."""

from __future__ import annotations

from hathora_deploy.api import discovery
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class DiscoveryV2(Resource[ModeT]):
    """Ping endpoints of the regions."""

    get_ping_service_endpoints = call(discovery.GetPingServiceEndpoints)
