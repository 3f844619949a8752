"""DiscoveryV2."""

from __future__ import annotations

from urllib.parse import urlsplit

from hathora_deploy.api.discovery import GetPingServiceEndpoints, PingEndpoints
from hathora_deploy.api.network import Region
from hathora_deploy.cloud.cloud import Call


def get_ping_service_endpoints(
    operation: GetPingServiceEndpoints, call: Call
) -> list[PingEndpoints]:
    """Every region is this machine, by the name and port that the caller reached it."""
    here = urlsplit(call.base_url)
    host = here.hostname or call.cloud.settings.public_host
    port = here.port or (443 if here.scheme == "https" else 80)
    return [PingEndpoints(region=region, host=host, port=port) for region in Region]
