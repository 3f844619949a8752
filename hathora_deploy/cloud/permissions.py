"""Table of contents of authorization: which scope each operation needs, and what roles and tokens hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from hathora_deploy.api import (
    apps,
    billing,
    builds,
    deployments,
    fleets,
    imports,
    leases,
    logs,
    nodes,
    orgs,
    processes,
    rooms,
    tokens,
)
from hathora_deploy.api.operation import Operation, Shape
from hathora_deploy.api.orgs import UserRole
from hathora_deploy.api.tokens import Scope

Scopes = frozenset[Scope]
Granted = str | Iterable[str] | None
"""Scopes as they are asked for and kept: a role, ``admin``, a list, or None, which is all of them."""

NO_SCOPE: Final = (
    orgs.GetOrgs,
    orgs.GetUserPendingInvites,
    orgs.AcceptInvite,
    orgs.RejectInvite,
)
"""What any good token may call: it is about whoever calls."""

OPERATIONS_OF: Final[dict[Scope, tuple[type[Operation[Any]], ...]]] = {
    Scope.APPLICATIONS_READ: (
        apps.GetApps,
        apps.GetApp,
    ),
    Scope.APPLICATIONS_READ_WRITE: (
        apps.CreateApp,
        apps.UpdateApp,
        apps.PatchApp,
        apps.DeleteApp,
        imports.ImportApp,
    ),
    Scope.BUILDS_READ: (
        builds.GetBuilds,
        builds.GetBuild,
    ),
    Scope.BUILDS_READ_WRITE: (
        builds.CreateBuild,
        builds.CreateBuildRegistry,
        builds.RunBuild,
        builds.RunBuildRegistry,
        builds.DeleteBuild,
    ),
    Scope.DEPLOYMENTS_READ: (
        deployments.GetDeployments,
        deployments.GetLatestDeployment,
        deployments.GetDeployment,
        leases.GetLease,
    ),
    Scope.DEPLOYMENTS_READ_WRITE: (
        deployments.CreateDeployment,
        leases.AcquireLease,
        leases.RenewLease,
        leases.ReleaseLease,
    ),
    Scope.PROCESSES_READ: (
        processes.GetLatestProcesses,
        processes.GetProcessesCountExperimental,
        processes.GetProcess,
        processes.GetProcessMetrics,
        rooms.GetRoomInfo,
        rooms.GetActiveRoomsForProcess,
        rooms.GetInactiveRoomsForProcess,
        logs.GetLogsForProcess,
        logs.DownloadLogForProcess,
    ),
    Scope.PROCESSES_READ_WRITE: (
        processes.CreateProcess,
        processes.StopProcess,
        rooms.CreateRoom,
        rooms.DestroyRoom,
        rooms.ResumeRoom,
        rooms.UpdateRoomConfig,
    ),
    Scope.FLEETS_READ: (
        fleets.GetFleets,
        fleets.GetFleet,
        fleets.GetFleetMetrics,
        fleets.GetFleetRegion,
        fleets.GetFleetRegionMetrics,
        fleets.GetNodeShapes,
        nodes.ListProvisionedNodes,
        nodes.GetNode,
    ),
    Scope.FLEETS_READ_WRITE: (
        fleets.CreateFleet,
        fleets.UpdateFleet,
        fleets.UpdateFleetRegion,
    ),
    Scope.ORGS_READ: (
        orgs.GetOrgMembers,
        orgs.GetOrgPendingInvites,
        orgs.GetUsageLimits,
    ),
    Scope.ORGS_READ_WRITE: (
        orgs.InviteUser,
        orgs.UpdateUserInvite,
        orgs.RescindInvite,
    ),
    Scope.TOKENS_READ: (tokens.GetOrgTokens,),
    Scope.TOKENS_READ_WRITE: (
        tokens.CreateOrgToken,
        tokens.RevokeOrgToken,
    ),
    Scope.BILLING_READ_WRITE: (
        billing.InitStripeCustomerPortalUrl,
        billing.GetInvoices,
        billing.GetPaymentMethod,
        billing.GetUpcomingInvoiceItems,
        billing.GetUpcomingInvoiceTotal,
    ),
}

ALL: Final[Scopes] = frozenset(Scope)

_VIEWER: Final = frozenset(scope for scope in Scope if scope.endswith(":read"))
_MEMBER: Final = _VIEWER | {
    Scope.APPLICATIONS_READ_WRITE,
    Scope.BUILDS_READ_WRITE,
    Scope.DEPLOYMENTS_READ_WRITE,
    Scope.PROCESSES_READ_WRITE,
    Scope.TICKETS_READ_WRITE,
    Scope.LOAD_BALANCER_ACCESS,
}
SCOPES_OF_ROLE: Final[dict[UserRole, Scopes]] = {
    UserRole.ADMIN: ALL,
    UserRole.MEMBER: _MEMBER,
    UserRole.VIEWER: _VIEWER,
}
"""A viewer sees everything, a member also deploys and runs games; members, tokens, fleets and bills are the admin's."""

_NEEDED: Final[dict[type[Operation[Any]], Scope | None]] = {
    **dict.fromkeys(NO_SCOPE),
    **{operation: scope for scope, held in OPERATIONS_OF.items() for operation in held},
}


def needed_scope(shape: Shape) -> Scope | None:
    """The scope a call needs, None if any good token will do; a deprecated call needs its successor's."""
    if shape.operation not in _NEEDED and shape.successor is not None:
        return needed_scope(shape.successor.shape)
    return _NEEDED[shape.operation]


def scopes_of(granted: Granted) -> Scopes:
    """What is held by whom these were granted: all, those of a role, or those of a list."""
    if granted is None:
        return ALL
    if isinstance(granted, str):
        return SCOPES_OF_ROLE.get(UserRole(granted), frozenset())
    held = frozenset(Scope(scope) for scope in granted)
    reading = {Scope(scope.removesuffix("-write")) for scope in held}
    return (held | reading) & ALL


def is_admin(granted: Granted) -> bool:
    """Whether everything is granted, however it is written."""
    return scopes_of(granted) == ALL


def listed(scopes: Scopes) -> list[Scope]:
    """In the order of the contract."""
    return [scope for scope in Scope if scope in scopes]
