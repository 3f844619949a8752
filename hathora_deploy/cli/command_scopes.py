"""Table of contents of what commands need: the operations that each calls, and so their scopes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hathora_deploy.api import (
    apps,
    builds,
    deployments,
    leases,
    logs,
    orgs,
    processes,
    rooms,
    tokens,
)
from hathora_deploy.api.operation import Operation
from hathora_deploy.api.tokens import Scope
from hathora_deploy.cloud.permissions import needed_scope

CALLED: Final[Mapping[str, tuple[type[Operation[Any]], ...]]] = {
    "deploy": (
        apps.GetApp,
        leases.AcquireLease,
        builds.GetBuild,
        builds.CreateBuild,
        builds.RunBuild,
        deployments.CreateDeployment,
    ),
    "status": (apps.GetApp, deployments.GetLatestDeployment, processes.GetLatestProcesses),
    "history": (apps.GetApp, deployments.GetDeployments),
    "processes stop": (processes.GetProcess, processes.StopProcess),
    "logs": (processes.GetProcess, logs.GetLogsForProcess),
    "rooms create": (apps.GetApp, rooms.CreateRoom),
    "apps create": (apps.CreateApp,),
    "builds delete": (builds.DeleteBuild,),
    "tokens create": (orgs.GetOrgs, tokens.CreateOrgToken),
}
"""Those that a token is likely to be made for."""


def scopes_of_commands() -> dict[str, tuple[Scope, ...]]:
    """What a token needs for each command, each scope once."""
    return {
        command: tuple(
            dict.fromkeys(
                scope
                for operation in operations
                if (scope := needed_scope(operation.shape)) is not None
            )
        )
        for command, operations in CALLED.items()
    }
