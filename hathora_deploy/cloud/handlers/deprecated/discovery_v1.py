"""DiscoveryV1."""

from __future__ import annotations

from hathora_deploy.api.deprecated.discovery_v1 import GetPingServiceEndpointsDeprecated
from hathora_deploy.api.discovery import GetPingServiceEndpoints, PingEndpoints
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import discovery


def get_ping_service_endpoints(
    operation: GetPingServiceEndpointsDeprecated, call: Call
) -> list[PingEndpoints]:
    return discovery.get_ping_service_endpoints(GetPingServiceEndpoints(), call)
