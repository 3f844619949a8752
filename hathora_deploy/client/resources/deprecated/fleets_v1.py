"""Fleets whose regions are sized in vCPUs."""

from __future__ import annotations

from hathora_deploy.api.deprecated import fleets_v1
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class FleetsV1(Resource[ModeT]):
    """Fleets whose regions are sized in vCPUs."""

    get_fleets_deprecated = call(fleets_v1.GetFleetsDeprecated)
    create_fleet_deprecated = call(fleets_v1.CreateFleetDeprecated)
    get_fleet_deprecated = call(fleets_v1.GetFleetDeprecated)
    update_fleet_deprecated = call(fleets_v1.UpdateFleetDeprecated)
    get_fleet_metrics_deprecated = call(fleets_v1.GetFleetMetricsDeprecated)
    get_fleet_region_deprecated = call(fleets_v1.GetFleetRegionDeprecated)
    get_fleet_region_metrics_deprecated = call(fleets_v1.GetFleetRegionMetricsDeprecated)
    update_fleet_region_deprecated = call(fleets_v1.UpdateFleetRegionDeprecated)
