"""The first way to size a region of a fleet."""

from __future__ import annotations

from hathora_deploy.api import fleets
from hathora_deploy.api.network import Region
from hathora_deploy.api.operation import Operation, Query


class DeprecatedUpdateFleetRegionV2(
    Operation[None],
    method="PUT",
    path="/fleets/v2/fleets/{fleetId}/regions/{region}",
    status=204,
    errors=(401, 404, 408, 422, 429, 500),
    successor=fleets.UpdateFleetRegion,
):
    """Set how many vCPUs a fleet keeps in a region."""

    fleet_id: str
    region: Region
    cloud_min_vcpus: int
    org_id: Query[str | None] = None
