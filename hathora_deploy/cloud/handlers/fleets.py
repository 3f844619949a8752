"""FleetsV2. Here a fleet is a label: the capacity of every fleet, in every region, is this machine."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.api.fleets import (
    AutoscalerConfig,
    CreateFleet,
    FleetRegion,
    FleetsPageV2,
    FleetV2,
    GetFleet,
    GetFleetRegion,
    GetFleets,
    GetNodeShapes,
    NodeShapeId,
    NodeShapeV2,
    UpdateFleet,
    UpdateFleetRegion,
)
from hathora_deploy.cloud import ids, shapes
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import check_org, find_fleet
from hathora_deploy.cloud.state import fleets, orgs
from hathora_deploy.cloud.state.fleets import FleetRecord, FleetRegionRecord

_LONGEST_NAME: Final = 64
_LARGEST_BASELINE: Final = 10
"""What the contract says of ``maxCloudBaseline`` where an organization has none of its own."""


def get_fleets(operation: GetFleets, call: Call) -> FleetsPageV2:
    org_id = check_org(call, operation.org_id)
    with call.cloud.store.read() as connection:
        return FleetsPageV2(fleets=[_view(fleet) for fleet in fleets.of_org(connection, org_id)])


def create_fleet(operation: CreateFleet, call: Call) -> FleetV2:
    org_id = check_org(call, operation.org_id)
    fleet = FleetRecord(
        fleet_id=ids.new_fleet_id(),
        org_id=org_id,
        name=operation.name,
        node_shape_id=operation.node_shape_id,
        created_at=call.now,
        scale_up_threshold=_threshold(operation.autoscaler_config),
    )
    with call.cloud.store.write() as connection:
        _check_name(connection, fleet)
        fleets.add(connection, fleet)
    return _view(fleet)


def get_fleet(operation: GetFleet, call: Call) -> FleetV2:
    with call.cloud.store.read() as connection:
        return _view(find_fleet(connection, call, operation.org_id, operation.fleet_id))


def update_fleet(operation: UpdateFleet, call: Call) -> None:
    """What is left out stays as it is."""
    with call.cloud.store.write() as connection:
        before = find_fleet(connection, call, operation.org_id, operation.fleet_id)
        after = FleetRecord(
            fleet_id=before.fleet_id,
            org_id=before.org_id,
            name=before.name if operation.name is None else operation.name,
            node_shape_id=operation.node_shape_id or before.node_shape_id,
            created_at=before.created_at,
            scale_up_threshold=_threshold(operation.autoscaler_config),
        )
        _check_name(connection, after)
        fleets.change(connection, after)


def get_fleet_region(operation: GetFleetRegion, call: Call) -> FleetRegion:
    """The vCPUs, which are deprecated, follow from the baseline and the fleet's shape."""
    with call.cloud.store.read() as connection:
        fleet = find_fleet(connection, call, operation.org_id, operation.fleet_id)
        region = fleets.get_region(connection, fleet.fleet_id, operation.region)
    vcpus = int(shapes.shape_of(NodeShapeId(fleet.node_shape_id)).min_cpu)
    baseline = region.node_baseline if region else 0
    return FleetRegion(
        node_baseline=baseline,
        scale_increment_vcpus=vcpus,
        cloud_min_vcpus=baseline * vcpus,
        cloud_min_vcpus_updated_at=region.updated_at if region else fleet.created_at,
    )


def update_fleet_region(operation: UpdateFleetRegion, call: Call) -> None:
    if not 0 <= operation.node_baseline <= _LARGEST_BASELINE:
        raise UnprocessableEntity(f"nodeBaseline: it is from 0 to {_LARGEST_BASELINE} nodes")
    with call.cloud.store.write() as connection:
        fleet = find_fleet(connection, call, operation.org_id, operation.fleet_id)
        fleets.set_region(
            connection,
            FleetRegionRecord(
                fleet_id=fleet.fleet_id,
                region=operation.region,
                node_baseline=operation.node_baseline,
                updated_at=call.now,
            ),
        )


def get_node_shapes(operation: GetNodeShapes, call: Call) -> list[NodeShapeV2]:
    check_org(call, operation.org_id)
    return shapes.every_shape()


def choose_fleet(connection: Connection, org_id: str, fleet_id: str | None) -> str | None:
    """The fleet of a new deployment: the one that it names, or the organization's default."""
    if fleet_id is None:
        org = orgs.get_org(connection, org_id)
        return org.default_fleet_id if org else None
    if fleets.get(connection, org_id, fleet_id) is None:
        raise UnprocessableEntity(f"fleetId: no fleet {fleet_id} in your organization")
    return fleet_id


def _check_name(connection: Connection, fleet: FleetRecord) -> None:
    if not 0 < len(fleet.name) <= _LONGEST_NAME:
        raise UnprocessableEntity(f"name: it has from 1 to {_LONGEST_NAME} characters")
    other = fleets.of_name(connection, fleet.org_id, fleet.name)
    if other is not None and other.fleet_id != fleet.fleet_id:
        raise UnprocessableEntity(f"name: there is a fleet named {fleet.name!r} already")


def _threshold(autoscaler: AutoscalerConfig) -> int:
    if not 1 <= autoscaler.scale_up_threshold <= 100:
        raise UnprocessableEntity("autoscalerConfig.scaleUpThreshold: it is from 1 to 100 percent")
    return autoscaler.scale_up_threshold


def _view(fleet: FleetRecord) -> FleetV2:
    threshold = fleet.scale_up_threshold
    return FleetV2(
        fleet_id=fleet.fleet_id,
        org_id=fleet.org_id,
        name=fleet.name,
        node_shape_id=NodeShapeId(fleet.node_shape_id),
        autoscaler_config=(
            None if threshold is None else AutoscalerConfig(scale_up_threshold=threshold)
        ),
    )
