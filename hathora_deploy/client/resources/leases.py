"""Leases of applications."""

from __future__ import annotations

from hathora_deploy.api import leases
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class LeasesV1(Resource[ModeT]):
    """Leases of applications."""

    get_lease = call(leases.GetLease)
    acquire_lease = call(leases.AcquireLease)
    renew_lease = call(leases.RenewLease)
    release_lease = call(leases.ReleaseLease)
