"""Several who hear of one deploy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hathora_deploy.pipeline.progress import Reporter

_CALLS: Final = [name for name in vars(Reporter) if not name.startswith("_")]


class SeveralReporters(Reporter):
    """Hands every call on to each of them, in their order."""

    def __init__(self, *reporters: Reporter) -> None:
        for name in _CALLS:
            setattr(self, name, _to_each([getattr(each, name) for each in reporters]))


def _to_each(calls: list[Callable[..., None]]) -> Callable[..., None]:
    def tell(*arguments: Any) -> None:
        for call in calls:
            call(*arguments)

    return tell
