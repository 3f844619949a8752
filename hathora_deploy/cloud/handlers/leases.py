"""LeasesV1."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from hathora_deploy.api.errors import Conflict, NotFound, UnprocessableEntity
from hathora_deploy.api.leases import AcquireLease, GetLease, Lease, ReleaseLease, RenewLease
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import find_app
from hathora_deploy.cloud.state import clock, deploy_leases
from hathora_deploy.cloud.state.deploy_leases import DeployLeaseRecord
from hathora_deploy.cloud.state.orgs import digest
from hathora_deploy.secret import Secret

_SHORTEST_ID: Final = 16


def get_lease(operation: GetLease, call: Call) -> Lease:
    with call.cloud.store.read() as connection:
        app = find_app(connection, call, operation.app_id)
        now = clock.now(connection)
        held = deploy_leases.first(connection, app.app_id, at=now)
    if held is None:
        raise NotFound(f"nobody has a lease of app {app.app_id}")
    return _view(held, now)


def acquire_lease(operation: AcquireLease, call: Call) -> Lease:
    own = _digest(operation.lease_id)
    with call.cloud.store.write() as connection:
        app = find_app(connection, call, operation.app_id)
        now = clock.now(connection)
        held = deploy_leases.ask(
            connection,
            app.app_id,
            own,
            holder=operation.holder,
            now=now,
            until=now + timedelta(seconds=operation.lifetime_seconds),
        )
    if held.digest != own:
        raise Conflict(f"{held.holder} has the lease of app {app.app_id}")
    return _view(held, now)


def renew_lease(operation: RenewLease, call: Call) -> Lease:
    own = _digest(operation.lease_id)
    with call.cloud.store.write() as connection:
        app = find_app(connection, call, operation.app_id)
        now = clock.now(connection)
        until = now + timedelta(seconds=operation.lifetime_seconds)
        is_renewed = deploy_leases.renew(connection, app.app_id, own, until=until)
        held = deploy_leases.first(connection, app.app_id)
    if held is None or not is_renewed:
        raise Conflict(f"this is not the lease of app {app.app_id}, or it is so no more")
    return _view(held, now)


def release_lease(operation: ReleaseLease, call: Call) -> None:
    own = _digest(operation.lease_id)
    with call.cloud.store.write() as connection:
        app = find_app(connection, call, operation.app_id)
        if not deploy_leases.release(connection, app.app_id, own):
            raise NotFound(f"this is no lease of app {app.app_id}, or it is so no more")


def require_lease(connection: Connection, call: Call, app_id: str) -> None:
    """Raises Conflict for a call that names a lease which its deploy has no more."""
    if call.lease_id is None:
        return
    held = deploy_leases.first(connection, app_id)
    if held is None or held.digest != digest(call.lease_id):
        raise Conflict(
            f"this deploy has the lease of app {app_id} no more, so nothing was deployed"
        )


def _digest(lease_id: Secret) -> str:
    if len(lease_id.reveal()) < _SHORTEST_ID:
        raise UnprocessableEntity(
            f"leaseId: at least {_SHORTEST_ID} characters that nobody can guess"
        )
    return digest(lease_id)


def _view(held: DeployLeaseRecord, now: datetime) -> Lease:
    return Lease(
        app_id=held.app_id,
        holder=held.holder,
        age_seconds=_seconds(now - held.created_at),
        remaining_seconds=_seconds(held.until - now),
    )


def _seconds(span: timedelta) -> float:
    return round(max(0.0, span.total_seconds()), 3)
