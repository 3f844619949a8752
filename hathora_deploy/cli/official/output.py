"""The formats of results: json, text (columns) and NAMEValue (one field)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.cli.output import Output, redacted

_FIELD: Final = "Value"
_TITLES: Final = {"requestedMemoryMB": "RequestedMemory"}
_BYTES: Final = {"imageSize": 1, "requestedMemoryMB": 1 << 20}
"""What one of the unit of a field is in bytes."""


@dataclass(frozen=True)
class Kind:
    """A kind of results, and its fields; in text the ``first`` stand first."""

    first: tuple[str, ...]
    model: str | None = None
    """Of the contract, such as ``builds.BuildV3``, which may have more fields."""
    left_out: frozenset[str] = frozenset()
    """Of text."""

    def fields(self) -> list[str]:
        """As in JSON."""
        if self.model is None:
            return list(self.first)
        module, _, name = self.model.partition(".")
        model = getattr(import_module(f"hathora_deploy.api.{module}"), name)
        return [field.alias or own for own, field in model.model_fields.items()]

    def columns(self) -> list[str]:
        """Those of text: the first, then the others by their titles."""
        rest = sorted(set(self.fields()) - set(self.first) - self.left_out, key=_title)
        return [*self.first, *rest]


ANSWER: Final = Kind(("code", "message", "status"))
"""Of a command that makes nothing."""
BUILD: Final = Kind(
    ("buildId", "buildTag", "createdAt", "status", "imageSize", "startedAt", "finishedAt"),
    "builds.BuildV3",
    frozenset({"deletedAt", "createdBy"}),
)
DEPLOYMENT: Final = Kind(
    (
        "deploymentId",
        "buildId",
        "createdAt",
        "idleTimeoutEnabled",
        "roomsPerProcess",
        "requestedCPU",
        "requestedMemoryMB",
        "defaultContainerPort",
        "additionalContainerPorts",
    ),
    "deployments.DeploymentV3",
    frozenset({"appId", "createdBy", "env"}),
)


@dataclass(frozen=True)
class Format:
    """How results of a kind are printed."""

    name: str
    is_pretty: bool
    field: str | None

    @classmethod
    def named(cls, name: str, kind: Kind, *, is_pretty: bool) -> Format:
        """Raises SettingsError, before anything is done that is to be printed."""
        if name.lower() in ("json", "text"):
            return cls(name.lower(), is_pretty, None)
        field = name.removesuffix(_FIELD)
        if field == name or not field:
            raise SettingsError(
                f"there is no format {name}", hint="it is text, json, or a field, like buildIdValue"
            )
        known = kind.fields()
        if field not in known:
            raise SettingsError(
                f"the result has no field {field}", hint=f"it has {', '.join(sorted(known))}"
            )
        return cls(_FIELD, is_pretty, field)

    def write(self, result: Any, kind: Kind, output: Output) -> None:
        """A model, a list of them, or what has the fields of the kind."""
        is_list = isinstance(result, list)
        rows = [redacted(row) for row in (result if is_list else [result])]
        if self.name == "json":
            output.data(
                json.dumps(rows if is_list else rows[0], indent=2 if self.is_pretty else None)
            )
        elif self.field is not None:
            for row in rows:
                output.data(_bare(row.get(self.field)))
        elif rows:
            output.data(_table(kind.columns(), rows))


def _table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """An empty line, the titles and a line a row; each cell ends in two spaces at least."""
    cells = [[_title(name) for name in columns]]
    cells += [[_cell(name, row.get(name)) for name in columns] for row in rows]
    widths = [max(map(len, column)) + 2 for column in zip(*cells, strict=True)]
    lines = [
        "".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in cells
    ]
    return "\n".join(["", *lines])


def _title(name: str) -> str:
    if name in _TITLES:
        return _TITLES[name]
    title = re.sub(r"(Id|Url)$", lambda end: end[0].upper(), name)
    return title[:1].upper() + title[1:]


def _cell(name: str, value: Any) -> str:
    if name in _BYTES and value is not None:
        return _size(int(value * _BYTES[name]))
    if name.endswith("At") and isinstance(value, str):
        return re.sub(r"\.\d+", "", value)
    return re.sub(r"\s+", " ", _bare(value, null="null"))


def _bare(value: Any, *, null: str = "") -> str:
    """A value without quotes; a port is ``name:7777/udp``."""
    if value is None:
        return null
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, list):
        return ",".join(_bare(item) for item in value)
    if isinstance(value, dict) and "transportType" in value:
        return f"{value['name']}:{value['port']}/{value['transportType']}"
    if isinstance(value, dict) and {"name", "value"} == value.keys():
        return f"{value['name']}={value['value']}"
    return str(value) if not isinstance(value, dict) else json.dumps(value)


def _size(count: int) -> str:
    """``9.5 MiB``, ``12 MiB``: of below ten with a decimal."""
    if count < 10:
        return f"{count} B"
    power = min(int(math.log(count, 1024)), 6)
    value = math.floor(count / 1024**power * 10 + 0.5) / 10
    unit = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][power]
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
