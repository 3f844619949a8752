"""Every operation by its public name."""

from __future__ import annotations

from typing import Any, Final

from hathora_deploy.api import (
    apps,
    auth,
    billing,
    builds,
    deployments,
    discovery,
    fleets,
    lobbies,
    logs,
    management,
    nodes,
    orgs,
    processes,
    rooms,
    tokens,
)
from hathora_deploy.api.operation import Operation

_RESOURCES: Final = (
    apps,
    auth,
    billing,
    builds,
    deployments,
    discovery,
    fleets,
    lobbies,
    logs,
    management,
    nodes,
    orgs,
    processes,
    rooms,
    tokens,
)

OPERATIONS: Final[dict[str, type[Operation[Any]]]] = {
    declared.__name__: declared
    for resource in _RESOURCES
    for declared in vars(resource).values()
    if isinstance(declared, type) and issubclass(declared, Operation) and "shape" in vars(declared)
}
