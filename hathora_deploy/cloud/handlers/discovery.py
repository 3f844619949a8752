"""DiscoveryV2."""

from __future__ import annotations

from urllib.parse import urlsplit

from hathora_deploy.api.discovery import GetPingServiceEndpoints, PingEndpoints
from hathora_deploy.api.network import Region
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.ip_address import is_loopback


def get_ping_service_endpoints(
    operation: GetPingServiceEndpoints, call: Call
) -> list[PingEndpoints]:
    """By the port that the caller reached the API at, unless that is this machine's own.

    Without named regions every one is here, by the name that the caller used.
    """
    settings = call.cloud.settings
    here = urlsplit(call.base_url)
    host = here.hostname or settings.public_host
    port = here.port or (443 if here.scheme == "https" else 80)
    if settings.regions is None:
        return [PingEndpoints(region=region, host=host, port=port) for region in Region]
    if is_loopback(host):
        port = settings.port
    return [
        PingEndpoints(region=Region(region), host=settings.host_of(region), port=port)
        for region in settings.regions
    ]
