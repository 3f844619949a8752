"""Every operation by its public name."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any, Final

from hathora_deploy.api import (
    apps,
    auth,
    billing,
    builds,
    deployments,
    discovery,
    fleets,
    imports,
    leases,
    lobbies,
    logs,
    management,
    nodes,
    orgs,
    processes,
    rooms,
    tokens,
)
from hathora_deploy.api.deprecated import (
    apps_v1,
    billing_v1,
    builds_v1,
    builds_v2,
    deployments_v1,
    deployments_v2,
    discovery_v1,
    fleets_v1,
    fleets_v2,
    lobbies_v1,
    lobbies_v2,
    logs_v1,
    metrics_v1,
    processes_v1,
    processes_v2,
    rooms_v1,
    rooms_v2,
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
    imports,
    leases,
    lobbies,
    logs,
    management,
    nodes,
    orgs,
    processes,
    rooms,
    tokens,
)

_OLD_RESOURCES: Final = (
    apps_v1,
    billing_v1,
    builds_v1,
    builds_v2,
    deployments_v1,
    deployments_v2,
    discovery_v1,
    fleets_v1,
    fleets_v2,
    lobbies_v1,
    lobbies_v2,
    logs_v1,
    metrics_v1,
    processes_v1,
    processes_v2,
    rooms_v1,
    rooms_v2,
)

Catalog = dict[str, type[Operation[Any]]]


def _declared_in(resources: Iterable[ModuleType]) -> Catalog:
    return {
        declared.__name__: declared
        for resource in resources
        for declared in vars(resource).values()
        if isinstance(declared, type)
        and issubclass(declared, Operation)
        and declared.__module__ == resource.__name__
    }


OPERATIONS: Final = _declared_in(_RESOURCES)
"""Those to call."""

EXTENSIONS: Final = {
    name: declared for name, declared in OPERATIONS.items() if declared.shape.is_extension
}
"""Those among them that are this project's own, and no part of Hathora's contract."""

DEPRECATED: Final = _declared_in(_OLD_RESOURCES)
"""Those that are kept for old clients."""

ALL: Final = OPERATIONS | DEPRECATED
