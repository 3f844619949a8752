"""What is different in two deployments, or in the files of two builds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.manifest import FileFacts, Manifest

TAG: Final = "deployment_tag"
"""The setting that says what runs, and is no part of it."""
ValueT = TypeVar("ValueT")


class Change(StrEnum):
    """What happens to it."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True)
class Difference:
    """One setting, by its field: ``requested_cpu``, ``ports.query``, ``env.LEVEL``.

    The values, for people, are None where there is none, and for variables: those are not shown.
    """

    setting: str
    change: Change
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class FileDifference:
    """One path of a build context. Sizes are in bytes."""

    path: str
    change: Change
    before: int | None
    after: int | None


def differences(before: DeploymentSpec | None, after: DeploymentSpec) -> tuple[Difference, ...]:
    """All that ``after`` changes. A fleet that it leaves to the cloud is no difference."""
    old = before.shown() if before else {}
    new = after.shown()
    if after.fleet_id is None:
        old.pop("fleet_id", None)
    shown = tuple(
        Difference(name, change, old.get(name), new.get(name))
        for name, change in _changes(old, new)
    )
    env = _changes(before.env if before else {}, after.env)
    return (*shown, *(Difference(f"env.{name}", change) for name, change in env))


def file_differences(before: Manifest, after: Manifest) -> tuple[FileDifference, ...]:
    """In the order of their paths."""

    def size(facts: FileFacts | None) -> int | None:
        return facts.size if facts else None

    return tuple(
        FileDifference(path, change, size(before.get(path)), size(after.get(path)))
        for path, change in sorted(_changes(before, after))
    )


def _changes(old: Mapping[str, ValueT], new: Mapping[str, ValueT]) -> Iterator[tuple[str, Change]]:
    for name, value in new.items():
        if name not in old:
            yield name, Change.ADDED
        elif old[name] != value:
            yield name, Change.CHANGED
    for name in old:
        if name not in new:
            yield name, Change.REMOVED
