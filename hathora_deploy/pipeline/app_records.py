"""The apps, deployments and builds in JSON of the API, wherever they stand in it, of any of its versions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from hathora_deploy.api import wire
from hathora_deploy.api.model import CLOSED, Model, wire_name
from hathora_deploy.api.network import DEFAULT_PORT_NAME
from hathora_deploy.pipeline.errors import ExportError

ModelT = TypeVar("ModelT", bound=Model)

_FORMS: Final = (
    "an application, a deployment, a build, a list of those, or an object with application,"
    " applications, deployments or builds"
)


class Kind(Enum):
    """What a JSON object tells of, and the key of its id."""

    APP = "appId"
    DEPLOYMENT = "deploymentId"
    BUILD = "buildId"


@dataclass(frozen=True)
class Record:
    """A JSON object, and where it stands."""

    kind: Kind
    source: str
    """A file, or an endpoint."""
    path: str
    """``deployments[3]``; empty for all of it."""
    value: Mapping[str, Any]

    def is_of(self, app_id: str) -> bool:
        """Whether it is that app's; builds of today say nothing of apps."""
        return bool(self.value.get("appId", app_id) == app_id)

    def id_within(self, app_id: str) -> object:
        """Its id; where it has a number, one that is made of it and the app's."""
        return _text_id(self.value.get(self.kind.value), self.kind, app_id)

    def read(self, model: type[ModelT], *, app_id: str = "") -> ModelT:
        """It as a model. Raises ExportError, with the place of every problem."""
        said = self.value if self.kind is Kind.APP else _of_today(self.value, app_id)
        known = {wire_name(name) for name in model.model_fields}
        try:
            return model.model_validate(
                {name: value for name, value in said.items() if name in known}, context=CLOSED
            )
        except ValidationError as error:
            problems = [
                f"{self.source}: {_joined(self.path, place)}: {said}"
                for place, said in wire.problems(error)
            ]
        raise ExportError(*problems)


def records_in(source: str, value: Any, path: str = "") -> Iterator[Record]:
    """Raises ExportError where it is something else."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from records_in(source, each, f"{path}[{index}]")
        return
    found = list(_kinds_in(value)) if isinstance(value, dict) else []
    if not found:
        place = f"{source}: {path}" if path else source
        raise ExportError(f"{place} is not of the API", hint=f"it is to be {_FORMS}")
    for name in found:
        if isinstance(name, Kind):
            yield Record(name, source, path, value)
        elif value[name] is not None:
            yield from records_in(source, value[name], _joined(path, name))


def _kinds_in(value: Mapping[str, Any]) -> Iterator[Kind | str]:
    """What an object is, and the names of what else it holds."""
    if "deploymentId" in value:
        yield Kind.DEPLOYMENT
    elif "buildId" in value:
        yield Kind.BUILD
    elif "appName" in value:
        yield Kind.APP
    for name in ("application", "applications", "deployment", "deployments", "build", "builds"):
        if isinstance(value.get(name), (dict, list)):
            yield name


def _of_today(value: Mapping[str, Any], app_id: str) -> dict[str, Any]:
    """A deployment or build of the first two versions as the third has it."""
    said = dict(value)
    for kind in (Kind.DEPLOYMENT, Kind.BUILD):
        if kind.value in said:
            said[kind.value] = _text_id(said[kind.value], kind, app_id)
    said.setdefault("idleTimeoutEnabled", True)
    said.setdefault("additionalContainerPorts", [])
    if "containerPort" in said and "transportType" in said:
        port = {"port": said["containerPort"], "transportType": said["transportType"]}
        said.setdefault("defaultContainerPort", {"name": DEFAULT_PORT_NAME, **port})
    return said


def _text_id(number: Any, kind: Kind, app_id: str) -> Any:
    if isinstance(number, int) and not isinstance(number, bool):
        prefix = {Kind.DEPLOYMENT: "dep", Kind.BUILD: "bld"}.get(kind, "app")
        return f"{prefix}-{app_id.removeprefix('app-')}-{number}"
    return number


def _joined(path: str, place: str) -> str:
    """``deployments[3].env[0].value``, of ``deployments[3]`` and ``env.0.value``."""
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", f"{path}.{place}" if path else place)
