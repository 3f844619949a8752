"""Every operation that the SDK may have a function for."""

from __future__ import annotations

from typing import Any, Final

from hathora_deploy.api import catalog
from hathora_deploy.api.operation import Operation

OPERATIONS: Final[dict[str, type[Operation[Any]]]] = catalog.OPERATIONS
