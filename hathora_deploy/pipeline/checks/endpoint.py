"""Whether a cloud answers, and speaks the API."""

from __future__ import annotations

from hathora_deploy.api.errors import WireError
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.endpoint import is_on_this_machine
from hathora_deploy.pipeline.checks.finding import Finding

ABOUT = "endpoint"


def check_endpoint(cloud: HathoraCloud) -> Finding:
    """Calls what anybody may. Raises what the client raises, which names what is wrong with TLS."""
    try:
        places = cloud.discovery_v2.get_ping_service_endpoints()
    except WireError:
        return Finding.problem(
            ABOUT,
            f"{cloud.endpoint} answers, and not as the Hathora API does",
            "hathora-deploy doctor --endpoint URL",
        )
    regions = len({each.region for each in places})
    what = f"{cloud.endpoint} serves the API, in {regions} regions"
    if cloud.endpoint.startswith("http://") and not is_on_this_machine(cloud.endpoint):
        https = cloud.endpoint.replace("http://", "https://", 1)
        return Finding.warning(
            ABOUT,
            f"{what}; the token travels there in the clear",
            f"hathora-deploy doctor --endpoint {https}",
        )
    return Finding.ok(ABOUT, what)
