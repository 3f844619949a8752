"""The metrics of FleetsV2, in vCPUs. The capacity of every fleet and region are the
machines of the clouds that work on the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from sqlalchemy import Connection

from hathora_deploy.api.fleets import (
    FleetMetricName as Name,
    FleetMetricsData,
    GetFleetMetrics,
    GetFleetRegionMetrics,
)
from hathora_deploy.api.network import MetricValue
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.grid import choose_grid, moment, values
from hathora_deploy.cloud.handlers.ownership import find_fleet
from hathora_deploy.cloud.machine import this_machine
from hathora_deploy.cloud.metrics import Point
from hathora_deploy.cloud.state import nodes
from hathora_deploy.cloud.state.nodes import NodeRecord
from hathora_deploy.cloud.state.usage import Span, spans_of_fleet
from hathora_deploy.cloud.usage import means


def get_fleet_metrics(operation: GetFleetMetrics, call: Call) -> FleetMetricsData:
    return _metrics(operation, call, region=None)


def get_fleet_region_metrics(operation: GetFleetRegionMetrics, call: Call) -> FleetMetricsData:
    return _metrics(operation, call, region=operation.region)


def _metrics(
    operation: GetFleetMetrics | GetFleetRegionMetrics, call: Call, *, region: str | None
) -> FleetMetricsData:
    """What processes asked for is known of the past too, what there was only since the cloud came up."""
    grid = choose_grid(start=operation.start, end=operation.end, step=operation.step, now=call.now)
    edges = grid.until(call.now.timestamp())
    with call.cloud.store.read() as connection:
        fleet = find_fleet(connection, call, operation.org_id, operation.fleet_id)
        present = nodes.present(connection)
        spans = _spans(connection, fleet.fleet_id, region, edges)
    own = {call.cloud.node.machine: this_machine().vcpus}
    up = [(begin, _capacity(present, own, end)) for begin, end in pairwise(edges)]
    up = [(begin, capacity) for begin, capacity in up if capacity]
    known: dict[Name, Iterable[Point]] = {
        Name.PROVISIONED_TOTAL: up,
        Name.PROVISIONED_BARE_METAL: up,
        Name.PROVISIONED_CLOUD: [(at, 0) for at, _ in up],
        Name.UTILIZED: zip(edges, means(spans, edges), strict=False),  # the last edge ends a step
        Name.SYSTEM_OVERHEAD: [(at, 0) for at, _ in up],
    }

    def series(name: Name) -> list[MetricValue] | None:
        return values(known[name]) if name in (operation.metrics or Name) else None

    return FleetMetricsData(
        provisioned_total=series(Name.PROVISIONED_TOTAL),
        provisioned_bare_metal=series(Name.PROVISIONED_BARE_METAL),
        provisioned_cloud=series(Name.PROVISIONED_CLOUD),
        utilized=series(Name.UTILIZED),
        system_overhead=series(Name.SYSTEM_OVERHEAD),
    )


def _spans(
    connection: Connection, fleet_id: str, region: str | None, edges: Sequence[float]
) -> list[Span]:
    if not edges:
        return []
    start, end = moment(edges[0]), moment(edges[-1])
    return spans_of_fleet(connection, fleet_id, region, start=start, end=end)


def _capacity(present: Sequence[NodeRecord], own: Mapping[str | None, float], end: float) -> float:
    """The vCPUs of the machines that had a cloud before a moment; each counts once."""
    machines = {
        node.machine: node.vcpus or 0 for node in present if node.started_at.timestamp() < end
    }
    return sum({**machines, **{each: own[each] for each in own if each in machines}}.values())
