"""How an organization begins: with a fleet, which is where its processes run unless told otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from hathora_deploy.cloud import ids, shapes
from hathora_deploy.cloud.machine import this_machine
from hathora_deploy.cloud.state import deployments, fleets, orgs
from hathora_deploy.cloud.state.fleets import FleetRecord
from hathora_deploy.cloud.state.orgs import OrgRecord

_DEFAULT_FLEET: Final = "local"


def found(connection: Connection, *, name: str, now: datetime) -> OrgRecord:
    """A new organization with its fleet."""
    org = OrgRecord(ids.new_org_id(), name, now, default_fleet_id=ids.new_fleet_id())
    orgs.add_org(connection, org)
    _add_default_fleet(connection, org.org_id, str(org.default_fleet_id), now)
    return org


def complete(connection: Connection, now: datetime) -> None:
    """Give those that an earlier version made a fleet, with all that they have deployed."""
    for org in orgs.without_fleet(connection):
        fleet_id = ids.new_fleet_id()
        _add_default_fleet(connection, org.org_id, fleet_id, now)
        orgs.set_default_fleet(connection, org.org_id, fleet_id)
        deployments.set_fleet(connection, org.org_id, fleet_id)


def _add_default_fleet(connection: Connection, org_id: str, fleet_id: str, now: datetime) -> None:
    shape = shapes.closest(this_machine())
    fleets.add(connection, FleetRecord(fleet_id, org_id, _DEFAULT_FLEET, shape, now))
