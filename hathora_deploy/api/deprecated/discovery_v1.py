"""Where to ping, at its first address."""

from __future__ import annotations

from hathora_deploy.api import discovery
from hathora_deploy.api.discovery import PingEndpoints
from hathora_deploy.api.operation import Auth, Operation


class GetPingServiceEndpointsDeprecated(
    Operation[list[PingEndpoints]],
    method="GET",
    path="/discovery/v1/ping",
    auth=Auth.NONE,
    successor=discovery.GetPingServiceEndpoints,
):
    """List an endpoint for each region, which echoes over WebSocket."""
