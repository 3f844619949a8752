"""Fleets: the capacity that processes run on, by region."""

from __future__ import annotations

from hathora_deploy.api.model import DateTime, Model, Number, OpenEnum
from hathora_deploy.api.network import MetricValue, Region
from hathora_deploy.api.operation import Operation, Query


class AutoscalerConfig(Model):
    """When a fleet grows: ``scale_up_threshold`` is in percent of its vCPUs in use."""

    scale_up_threshold: int


class NodeShapeId(OpenEnum):
    """The shapes a node can have."""

    SHAPE_AMD64_4_8 = "shape-amd64-4-8"
    SHAPE_AMD64_8_16 = "shape-amd64-8-16"
    SHAPE_AMD64_16_32 = "shape-amd64-16-32"
    SHAPE_AMD64_32_64 = "shape-amd64-32-64"
    SHAPE_AMD64_64_128 = "shape-amd64-64-128"
    SHAPE_AMD64_4_16 = "shape-amd64-4-16"
    SHAPE_AMD64_8_32 = "shape-amd64-8-32"
    SHAPE_AMD64_16_64 = "shape-amd64-16-64"
    SHAPE_AMD64_32_128 = "shape-amd64-32-128"
    SHAPE_L4_1_4 = "shape-l4-1-4"
    SHAPE_L4_1 = "shape-l4-1"
    SHAPE_L4_2 = "shape-l4-2"
    SHAPE_L4_4 = "shape-l4-4"
    SHAPE_L4_8 = "shape-l4-8"
    SHAPE_H100PCIE_1 = "shape-h100pcie-1"
    SHAPE_H100PCIE_2 = "shape-h100pcie-2"
    SHAPE_H100PCIE_4 = "shape-h100pcie-4"
    SHAPE_H100PCIE_8 = "shape-h100pcie-8"
    SHAPE_H100SXM5_1 = "shape-h100sxm5-1"
    SHAPE_H100SXM5_8 = "shape-h100sxm5-8"
    SHAPE_H200SXM5_1 = "shape-h200sxm5-1"
    SHAPE_H200SXM5_8 = "shape-h200sxm5-8"


class FleetV2(Model):
    """A fleet."""

    fleet_id: str
    org_id: str
    name: str
    node_shape_id: NodeShapeId
    autoscaler_config: AutoscalerConfig | None = None


class FleetsPageV2(Model):
    """The fleets of an organization."""

    fleets: list[FleetV2]


class FleetMetricsData(Model):
    """The metrics that were asked for."""

    provisioned_total: list[MetricValue] | None = None
    provisioned_bare_metal: list[MetricValue] | None = None
    provisioned_cloud: list[MetricValue] | None = None
    utilized: list[MetricValue] | None = None
    system_overhead: list[MetricValue] | None = None


class FleetMetricName(OpenEnum):
    """What is measured of a fleet."""

    PROVISIONED_TOTAL = "provisionedTotal"
    PROVISIONED_BARE_METAL = "provisionedBareMetal"
    PROVISIONED_CLOUD = "provisionedCloud"
    UTILIZED = "utilized"
    SYSTEM_OVERHEAD = "systemOverhead"


class FleetRegion(Model):
    """The capacity of a fleet in a region."""

    scale_increment_vcpus: int
    cloud_min_vcpus: int
    node_baseline: int
    cloud_min_vcpus_updated_at: DateTime


class NodeFamilyId(OpenEnum):
    """The families of node shapes."""

    FAMILY_AMD64_1_2 = "family-amd64-1-2"
    FAMILY_AMD64_1_4 = "family-amd64-1-4"
    FAMILY_L4_1_4 = "family-l4-1-4"
    FAMILY_L4_1_12 = "family-l4-1-12"
    FAMILY_H100PCIE = "family-h100pcie"
    FAMILY_H100SXM5 = "family-h100sxm5"
    FAMILY_H200SXM5 = "family-h200sxm5"


class NodeShapeV2(Model):
    """A shape of node, with the resources it has at least."""

    node_shape_id: NodeShapeId
    name: str
    family_id: NodeFamilyId
    family_name: str
    min_gpu: int
    min_cpu: Number
    min_memory_mb: int


class GetFleets(
    Operation[FleetsPageV2],
    method="GET",
    path="/fleets/v2/fleets",
    errors=(401, 404, 408, 429, 500),
):
    """List the fleets of an organization."""

    org_id: Query[str | None] = None


class CreateFleet(
    Operation[FleetV2],
    method="POST",
    path="/fleets/v2/fleets",
    errors=(401, 404, 408, 422, 429, 500),
):
    """Create a fleet."""

    name: str
    autoscaler_config: AutoscalerConfig
    node_shape_id: NodeShapeId
    org_id: Query[str | None] = None


class GetFleet(
    Operation[FleetV2],
    method="GET",
    path="/fleets/v2/fleets/{fleetId}",
    errors=(401, 404, 408, 422, 429, 500),
):
    """Get a fleet."""

    fleet_id: str
    org_id: Query[str | None] = None


class UpdateFleet(
    Operation[None],
    method="POST",
    path="/fleets/v2/fleets/{fleetId}",
    status=204,
    errors=(401, 404, 408, 422, 429, 500),
    repeatable=True,
):
    """Change a fleet."""

    fleet_id: str
    autoscaler_config: AutoscalerConfig
    name: str | None = None
    node_shape_id: NodeShapeId | None = None
    org_id: Query[str | None] = None


class GetFleetMetrics(
    Operation[FleetMetricsData],
    method="GET",
    path="/fleets/v2/fleets/{fleetId}/metrics",
    errors=(401, 404, 408, 422, 429, 500),
):
    """Get metrics of a fleet; ``start`` and ``end`` are in Unix seconds, ``step`` in seconds."""

    fleet_id: str
    end: Query[Number | None] = None
    metrics: Query[list[FleetMetricName] | None] = None
    start: Query[Number | None] = None
    step: Query[int] = 60
    org_id: Query[str | None] = None


class GetFleetRegion(
    Operation[FleetRegion],
    method="GET",
    path="/fleets/v2/fleets/{fleetId}/regions/{region}",
    errors=(401, 404, 408, 422, 429),
):
    """Get the capacity of a fleet in a region."""

    fleet_id: str
    region: Region
    org_id: Query[str | None] = None


class GetFleetRegionMetrics(
    Operation[FleetMetricsData],
    method="GET",
    path="/fleets/v2/fleets/{fleetId}/regions/{region}/metrics",
    errors=(401, 404, 408, 422, 429, 500),
):
    """Get metrics of a fleet in a region; ``start`` and ``end`` are in Unix seconds, ``step`` in seconds."""

    fleet_id: str
    region: Region
    end: Query[Number | None] = None
    metrics: Query[list[FleetMetricName] | None] = None
    start: Query[Number | None] = None
    step: Query[int] = 60
    org_id: Query[str | None] = None


class UpdateFleetRegion(
    Operation[None],
    method="PUT",
    path="/fleets/v2/fleets/{fleetId}/regions/{region}/v2",
    status=204,
    errors=(401, 404, 408, 422, 429, 500),
):
    """Set how many nodes a fleet keeps in a region."""

    fleet_id: str
    region: Region
    node_baseline: int
    org_id: Query[str | None] = None


class GetNodeShapes(
    Operation[list[NodeShapeV2]],
    method="GET",
    path="/fleets/v2/nodeShapes",
    errors=(401, 404, 408, 422, 429, 500),
):
    """List the shapes a node can have."""

    org_id: Query[str | None] = None
