"""Why each path of a folder is part of the build context, or is not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path

from hathora_deploy.pipeline.context import BuildContext, Entry, context_of
from hathora_deploy.pipeline.ignore_pattern import IgnorePattern
from hathora_deploy.pipeline.survey import Found, survey


class Reason(Enum):
    """What decided."""

    NO_PATTERN = "no pattern"
    """Kept, because nothing names it."""
    IGNORED = "ignored"
    """Left out by a pattern, and everything in it that no exception may bring back."""
    BROUGHT_BACK = "brought back"
    """Kept by an exception."""
    HOLDS_KEPT = "holds what is brought back"
    """An ignored folder, kept for what an exception brought back in it."""
    ALWAYS_SENT = "always sent"
    """The Dockerfile and the ignore file, under the names by which a build looks for them."""


@dataclass(frozen=True)
class Explained:
    """A path, its entry if it is kept, and why."""

    path: str
    is_folder: bool
    entry: Entry | None
    reason: Reason
    pattern: IgnorePattern | None = None
    """The one that decided, if one did."""


@dataclass(frozen=True)
class Explanation:
    """Every path, in the order of the archive, except for those inside a folder that is wholly left out."""

    context: BuildContext
    ignore_file: Path | None
    """The one in force."""
    paths: tuple[Explained, ...]

    @cached_property
    def left_out(self) -> tuple[Explained, ...]:
        return tuple(each for each in self.paths if each.entry is None)


def explain(folder: Path, *, dockerfile: str | None = None) -> Explanation:
    """Look at a folder as ``read_context`` does. Raises ContextError."""
    surveyed = survey(folder, dockerfile=dockerfile)
    context = context_of(folder, surveyed)
    entries = {entry.path: entry for entry in context.entries}
    always = {
        path: Explained(path, False, entries[path], Reason.ALWAYS_SENT)
        for path in surveyed.sent_always
    }
    others = (
        _explained(found, entries.get(found.path))
        for found in surveyed.found
        if found.path not in always
    )
    in_order = sorted((*always.values(), *others), key=lambda each: each.path.split("/"))
    return Explanation(context, surveyed.ignore_file, tuple(in_order))


def _explained(found: Found, entry: Entry | None) -> Explained:
    pattern = found.verdict.pattern
    if entry is None:
        reason = Reason.IGNORED
    elif found.verdict.is_ignored:
        reason = Reason.HOLDS_KEPT
    else:
        reason = Reason.BROUGHT_BACK if pattern else Reason.NO_PATTERN
    return Explained(found.path, found.is_folder, entry, reason, pattern)
