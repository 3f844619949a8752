"""Fleets, and what each keeps in a region."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import fleet_regions, fleets


@dataclass(frozen=True)
class FleetRecord:
    """A fleet; without a threshold it never grows by itself."""

    fleet_id: str
    org_id: str
    name: str
    node_shape_id: str
    created_at: datetime
    scale_up_threshold: int | None = None


@dataclass(frozen=True)
class FleetRegionRecord:
    """What was set for a fleet in a region."""

    fleet_id: str
    region: str
    node_baseline: int
    updated_at: datetime


def add(connection: Connection, fleet: FleetRecord) -> None:
    connection.execute(insert(fleets).values(**asdict(fleet)))


def get(connection: Connection, org_id: str, fleet_id: str) -> FleetRecord | None:
    statement = select(fleets).where(fleets.c.org_id == org_id, fleets.c.fleet_id == fleet_id)
    return rows.first(connection, statement, FleetRecord)


def of_name(connection: Connection, org_id: str, name: str) -> FleetRecord | None:
    statement = select(fleets).where(fleets.c.org_id == org_id, fleets.c.name == name)
    return rows.first(connection, statement, FleetRecord)


def of_org(connection: Connection, org_id: str) -> list[FleetRecord]:
    """Oldest first."""
    statement = select(fleets).where(fleets.c.org_id == org_id)
    return rows.every(connection, statement.order_by(fleets.c.created_at), FleetRecord)


def change(connection: Connection, fleet: FleetRecord) -> None:
    """Keep it as it is now."""
    connection.execute(
        update(fleets).where(fleets.c.fleet_id == fleet.fleet_id).values(**asdict(fleet))
    )


def get_region(connection: Connection, fleet_id: str, region: str) -> FleetRegionRecord | None:
    statement = select(fleet_regions).where(
        fleet_regions.c.fleet_id == fleet_id, fleet_regions.c.region == region
    )
    return rows.first(connection, statement, FleetRegionRecord)


def set_region(connection: Connection, region: FleetRegionRecord) -> None:
    connection.execute(
        delete(fleet_regions).where(
            fleet_regions.c.fleet_id == region.fleet_id, fleet_regions.c.region == region.region
        )
    )
    connection.execute(insert(fleet_regions).values(**asdict(region)))
