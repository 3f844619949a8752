"""The operations of the API by their public names, in any of the spellings people know."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from hathora_deploy.api.catalog import ALL
from hathora_deploy.api.operation import Operation
from hathora_deploy.cli.errors import SettingsError

Declared = type[Operation[Any]]


def find(name: str) -> Declared:
    """``GetApp``, ``getApp``, ``get_app``, ``appsV2.getApp``. Raises SettingsError, with what is near."""
    resource, _, method = name.rpartition(".")
    found = {_folded(known): operation for known, operation in ALL.items()}.get(_folded(method))
    if found is None:
        raise _unknown(name, method)
    if resource:
        from hathora_deploy.client.names import method_names

        right = method_names()[found]
        if _folded(right.resource) != _folded(resource):
            raise SettingsError(
                f"{method} is no operation of {resource}", hint=f"did you mean {right.in_sdk}?"
            )
    return found


def beginning_with(text: str) -> list[Declared]:
    """Those whose names begin so; what is deprecated only where nothing else does."""
    folded = _folded(text.rpartition(".")[2])
    found = [each for name, each in ALL.items() if _folded(name).startswith(folded)]
    return [each for each in found if each.shape.successor is None] or found


def summary(operation: Declared) -> str:
    """What it does, on one line."""
    return " ".join((operation.__doc__ or "").split())


def listed(*, deprecated: bool) -> list[Mapping[str, str]]:
    """The facts of the operations by resource, those to call first."""
    from hathora_deploy.client.names import method_names

    names = method_names()
    shown = [each for each in names if deprecated or each.shape.successor is None]
    shown.sort(key=lambda operation: operation.shape.successor is not None)
    return [
        {
            "name": each.__name__,
            "resource": names[each].sdk_resource,
            "method": each.shape.method,
            "path": each.shape.path,
            "summary": summary(each),
            **({"successor": each.shape.successor.__name__} if each.shape.successor else {}),
        }
        for each in shown
    ]


def _unknown(name: str, method: str) -> SettingsError:
    folded = {_folded(known): known for known in ALL}
    near = _near(_folded(method), folded)
    hint = f"did you mean {' or '.join(folded[each] for each in near)}?" if near else None
    return SettingsError(
        f"there is no operation {name}", hint=hint or "hathora-deploy api lists them"
    )


def _near(word: str, known: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(word, known, n=2, cutoff=0.7)


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
