"""Leases: which of several deploys to an application goes first. An extension of Hathora's API."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from hathora_deploy.api.model import Model, Number
from hathora_deploy.api.operation import FROM_CLIENT, Operation
from hathora_deploy.secret import Secret

Lifetime = Annotated[int, Field(ge=1, le=60)]
"""Seconds for which a lease lasts unless it is renewed."""

LIFETIME: Final = 20
"""Of a lease that is to outlive a few lost calls, and a job that was killed not for long."""

LEASE_HEADER: Final = "X-Hathora-Deploy-Lease"
"""The header by which CreateDeployment names a lease; without that lease it does nothing, and is answered 409."""


class Lease(Model):
    """The deploy that has an application for itself. Times are told by the clock of the cloud alone."""

    app_id: str
    holder: str
    age_seconds: Number
    """Since it asked for the application."""
    remaining_seconds: Number
    """Until others may have the application, unless the lease is renewed."""


class GetLease(
    Operation[Lease],
    method="GET",
    path="/leases/v1/apps/{appId}",
    errors=(401, 404, 408, 429),
    extension=True,
):
    """Get the lease of an application; 404 where nobody has one."""

    app_id: str = FROM_CLIENT


class AcquireLease(
    Operation[Lease],
    method="POST",
    path="/leases/v1/apps/{appId}/acquire",
    errors=(401, 404, 408, 409, 422, 429, 500),
    repeatable=True,
    extension=True,
):
    """Acquire the lease of an application; 409 while another has it.

    Whoever was refused stands in line, in the order of asking, for ``lifetime_seconds`` after each time
    it asks. The ``lease_id`` is the caller's choice: at least 16 characters that nobody can guess.
    """

    lease_id: Secret
    holder: Annotated[str, Field(min_length=1, max_length=300)]
    app_id: str = FROM_CLIENT
    lifetime_seconds: Lifetime = LIFETIME


class RenewLease(
    Operation[Lease],
    method="POST",
    path="/leases/v1/apps/{appId}/renew",
    errors=(401, 404, 408, 409, 422, 429, 500),
    repeatable=True,
    extension=True,
):
    """Renew a lease, also one that has run out; 409 once another has acquired the application."""

    lease_id: Secret
    app_id: str = FROM_CLIENT
    lifetime_seconds: Lifetime = LIFETIME


class ReleaseLease(
    Operation[None],
    method="POST",
    path="/leases/v1/apps/{appId}/release",
    status=204,
    errors=(401, 404, 408, 422, 429, 500),
    repeatable=True,
    extension=True,
):
    """Give a lease back, or the place in line for it."""

    lease_id: Secret
    app_id: str = FROM_CLIENT
