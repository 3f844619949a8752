"""Fleets."""

from __future__ import annotations

from hathora_deploy.api import fleets
from hathora_deploy.api.deprecated import fleets_v2
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class FleetsV2(Resource[ModeT]):
    """Fleets."""

    get_fleets = call(fleets.GetFleets)
    create_fleet = call(fleets.CreateFleet)
    get_fleet = call(fleets.GetFleet)
    update_fleet = call(fleets.UpdateFleet)
    get_fleet_metrics = call(fleets.GetFleetMetrics)
    get_fleet_region = call(fleets.GetFleetRegion)
    get_fleet_region_metrics = call(fleets.GetFleetRegionMetrics)
    update_fleet_region = call(fleets.UpdateFleetRegion)
    get_node_shapes = call(fleets.GetNodeShapes)
    deprecated_update_fleet_region_v2 = call(fleets_v2.DeprecatedUpdateFleetRegionV2)
