"""Where to ping, at its first address."""

from __future__ import annotations

from hathora_deploy.api.deprecated import discovery_v1
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class DiscoveryV1(Resource[ModeT]):
    """Where to ping, at its first address."""

    get_ping_service_endpoints_deprecated = call(discovery_v1.GetPingServiceEndpointsDeprecated)
