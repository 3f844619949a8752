"""Every operation that the SDK has a function for."""

from __future__ import annotations

from typing import Any, Final

from hathora_deploy.api import catalog
from hathora_deploy.api.operation import Operation

GONE_FROM_THE_SDK: Final = {"GetLogsForApp", "GetLogsForDeployment"}
"""What it last had in 2.10.3."""

OPERATIONS: Final[dict[str, type[Operation[Any]]]] = {
    name: declared
    for name, declared in catalog.ALL.items()
    if name not in GONE_FROM_THE_SDK and not declared.shape.is_extension
}
