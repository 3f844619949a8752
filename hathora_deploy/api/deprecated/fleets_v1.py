"""Fleets whose regions are sized in vCPUs."""

from __future__ import annotations

from hathora_deploy.api import fleets
from hathora_deploy.api.fleets import (
    AutoscalerConfig,
    FleetMetricName,
    FleetMetricsData,
    FleetRegion,
)
from hathora_deploy.api.model import DateTime, Model, Number, OpenEnum
from hathora_deploy.api.network import Region
from hathora_deploy.api.operation import Operation, Query


class NodeShape(OpenEnum):
    """The shapes a node could have: vCPUs and GiB of memory, after the number of GPUs if it has any."""

    CPU_4_8 = "cpu-4-8"
    CPU_8_16 = "cpu-8-16"
    CPU_16_32 = "cpu-16-32"
    CPU_32_64 = "cpu-32-64"
    CPU_64_128 = "cpu-64-128"
    CPU_4_16 = "cpu-4-16"
    CPU_8_32 = "cpu-8-32"
    CPU_16_64 = "cpu-16-64"
    CPU_32_128 = "cpu-32-128"
    GPU_L4_1_4_16 = "gpu-l4-1-4-16"
    GPU_L4_1_12_48 = "gpu-l4-1-12-48"
    GPU_L4_2_24_96 = "gpu-l4-2-24-96"
    GPU_L4_4_48_192 = "gpu-l4-4-48-192"
    GPU_L4_8_96_384 = "gpu-l4-8-96-384"
    GPU_H100_1_26_234 = "gpu-h100-1-26-234"
    GPU_H100_2_52_468 = "gpu-h100-2-52-468"
    GPU_H100_4_104_936 = "gpu-h100-4-104-936"
    GPU_H100_8_208_1872 = "gpu-h100-8-208-1872"
    GPU_H100_1_28_180 = "gpu-h100-1-28-180"
    GPU_H100_2_60_360 = "gpu-h100-2-60-360"
    GPU_H100_4_124_720 = "gpu-h100-4-124-720"
    GPU_H100_8_252_1440 = "gpu-h100-8-252-1440"
    GPU_H100_8_192_1800 = "gpu-h100-8-192-1800"
    GPU_H100_8_192_960 = "gpu-h100-8-192-960"
    GPU_H100_1_16_200 = "gpu-h100-1-16-200"
    GPU_H100_8_128_1600 = "gpu-h100-8-128-1600"
    GPU_H200_1_16_200 = "gpu-h200-1-16-200"
    GPU_H200_8_128_1600 = "gpu-h200-8-128-1600"


class FleetErrorState(Model):
    """Whether a region of a fleet fails, and how it last did."""

    in_error: bool
    last_error_log_id: str | None
    last_error_message: str | None
    last_error_timestamp: DateTime | None


class Fleet(Model):
    """A fleet."""

    fleet_id: str
    org_id: str
    name: str
    node_shape: NodeShape
    autoscaler_config: AutoscalerConfig | None = None
    error_state: dict[Region, FleetErrorState] | None = None


class FleetsPage(Model):
    """The fleets of an organization."""

    fleets: list[Fleet]


class GetFleetsDeprecated(
    Operation[FleetsPage],
    method="GET",
    path="/fleets/v1/fleets",
    errors=(401, 404, 408, 429, 500),
    successor=fleets.GetFleets,
):
    """List the fleets of an organization."""

    org_id: Query[str | None] = None


class CreateFleetDeprecated(
    Operation[Fleet],
    method="POST",
    path="/fleets/v1/fleets",
    errors=(401, 404, 408, 422, 429, 500),
    successor=fleets.CreateFleet,
):
    """Create a fleet."""

    name: str
    autoscaler_config: AutoscalerConfig
    node_shape: NodeShape
    org_id: Query[str | None] = None


class GetFleetDeprecated(
    Operation[Fleet],
    method="GET",
    path="/fleets/v1/fleets/{fleetId}",
    errors=(401, 404, 408, 422, 429, 500),
    successor=fleets.GetFleet,
):
    """Get a fleet."""

    fleet_id: str
    org_id: Query[str | None] = None


class UpdateFleetDeprecated(
    Operation[None],
    method="POST",
    path="/fleets/v1/fleets/{fleetId}",
    status=204,
    errors=(401, 404, 408, 422, 429, 500),
    repeatable=True,
    successor=fleets.UpdateFleet,
):
    """Change a fleet."""

    fleet_id: str
    autoscaler_config: AutoscalerConfig
    name: str | None = None
    node_shape: NodeShape | None = None
    org_id: Query[str | None] = None


class GetFleetMetricsDeprecated(
    Operation[FleetMetricsData],
    method="GET",
    path="/fleets/v1/fleets/{fleetId}/metrics",
    errors=(401, 404, 408, 422, 429, 500),
    successor=fleets.GetFleetMetrics,
):
    """Get metrics of a fleet; ``start`` and ``end`` are in Unix seconds, ``step`` in seconds."""

    fleet_id: str
    end: Query[Number | None] = None
    metrics: Query[list[FleetMetricName] | None] = None
    start: Query[Number | None] = None
    step: Query[int] = 60
    org_id: Query[str | None] = None


class GetFleetRegionDeprecated(
    Operation[FleetRegion],
    method="GET",
    path="/fleets/v1/fleets/{fleetId}/regions/{region}",
    errors=(401, 404, 408, 422, 429),
    successor=fleets.GetFleetRegion,
):
    """Get the capacity of a fleet in a region."""

    fleet_id: str
    region: Region
    org_id: Query[str | None] = None


class GetFleetRegionMetricsDeprecated(
    Operation[FleetMetricsData],
    method="GET",
    path="/fleets/v1/fleets/{fleetId}/regions/{region}/metrics",
    errors=(401, 404, 408, 422, 429, 500),
    successor=fleets.GetFleetRegionMetrics,
):
    """Get metrics of a fleet in a region; ``start`` and ``end`` are in Unix seconds, ``step`` in seconds."""

    fleet_id: str
    region: Region
    end: Query[Number | None] = None
    metrics: Query[list[FleetMetricName] | None] = None
    start: Query[Number | None] = None
    step: Query[int] = 60
    org_id: Query[str | None] = None


class UpdateFleetRegionDeprecated(
    Operation[None],
    method="PUT",
    path="/fleets/v1/fleets/{fleetId}/regions/{region}",
    status=204,
    errors=(401, 404, 408, 422, 429, 500),
    successor=fleets.UpdateFleetRegion,
):
    """Set how many vCPUs a fleet keeps in a region."""

    fleet_id: str
    region: Region
    cloud_min_vcpus: int
    org_id: Query[str | None] = None
