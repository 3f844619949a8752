"""The warning of an operation that has a successor."""

from __future__ import annotations

import re
import sys
import warnings
from typing import Any

from hathora_deploy.api.operation import Operation


def warn_if_deprecated(operation: Operation[Any]) -> None:
    """A DeprecationWarning, in the name of the line that calls the client."""
    successor = operation.shape.successor
    if successor is None:
        return
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_of_client(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    warnings.warn(
        f"{type(operation).__name__} is deprecated: call {method_name(successor)} instead",
        DeprecationWarning,
        stacklevel=level,
    )


def method_name(operation: type[Operation[Any]]) -> str:
    """What the client's method for an operation is called."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation.__name__).lower()


def _is_of_client(module: str) -> bool:
    return module == "hathora_deploy.client" or module.startswith("hathora_deploy.client.")
