"""Where to ping, to find the nearest region."""

from __future__ import annotations

from hathora_deploy.api.model import Model
from hathora_deploy.api.network import Region
from hathora_deploy.api.operation import Auth, Operation


class PingEndpoints(Model):
    """Where a region answers pings."""

    region: Region
    host: str
    port: int


class GetPingServiceEndpoints(
    Operation[list[PingEndpoints]],
    method="GET",
    path="/discovery/v2/ping",
    auth=Auth.NONE,
):
    """List an endpoint for each region, which echoes over WebSocket."""
