"""What differs between two deployments, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from hathora_deploy.cli.text import aligned, short_fleet, short_tag

if TYPE_CHECKING:
    from hathora_deploy.pipeline.difference import Difference, FileDifference

SIGNS: Final = {"added": "+", "changed": "~", "removed": "-"}
"""By what happens to it."""


def change_lines(
    old_build: str | None, new_build: str, differences: Iterable[Difference]
) -> Iterator[str]:
    """The build and each setting that changes; of variables the names alone."""
    rows: list[tuple[str, str, str]] = []
    if old_build != new_build:
        rows.append(("~" if old_build else "+", "build", _values(old_build, new_build)))
    rows += [
        (SIGNS[each.change], setting_shown(each.setting), _values(each.before, each.after))
        for each in differences
    ]
    yield from (f"    {line}" for line in aligned(rows))


def _values(before: str | None, after: str | None) -> str:
    return " → ".join(
        short_fleet(short_tag(value)) for value in (before, after) if value is not None
    )


def differences_json(differences: Iterable[Difference]) -> list[dict[str, Any]]:
    """Settings by their names in the API; variables have no values."""
    return [
        {
            "setting": setting_in_json(each.setting),
            "change": str(each.change),
            "before": each.before,
            "after": each.after,
        }
        for each in differences
    ]


def files_json(files: Iterable[FileDifference]) -> list[dict[str, Any]]:
    """Sizes are in bytes."""
    return [
        {
            "path": each.path,
            "change": str(each.change),
            "before": each.before,
            "after": each.after,
        }
        for each in files
    ]


def setting_in_json(setting: str) -> str:
    """``requestedCPU``, as the API writes it; ``ports.query`` and ``env.LEVEL`` are names of somebody's own."""
    from hathora_deploy.api.model import wire_name

    return setting if "." in setting else wire_name(setting)


def setting_shown(setting: str) -> str:
    """``requested-cpu``, as flags and hathora.toml write it."""
    return setting if "." in setting else setting.replace("_", "-")
