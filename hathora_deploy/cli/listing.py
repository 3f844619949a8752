"""``hathora-deploy package --list``: what would go into an archive, what would not, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hathora_deploy.cli.text import aligned, size
from hathora_deploy.pipeline.context import EntryKind
from hathora_deploy.pipeline.explanation import Explained, Explanation, Reason


def listing_lines(explanation: Explanation) -> Iterator[str]:
    """A line a path: what is kept, then what is left out, then the sums."""
    context = explanation.context
    yield from aligned([_kept_cells(each, explanation) for each in explanation.paths if each.entry])
    if explanation.left_out:
        yield ""
        yield "left out:"
        yield from aligned(
            [(f"  {_name(each)}", _why(each, explanation)) for each in explanation.left_out]
        )
    yield ""
    left_out = len(explanation.left_out)
    yield f"{context.files:,} files, {size(context.size)}; {left_out:,} left out"


def listing_json(explanation: Explanation) -> dict[str, object]:
    """The same, for programs."""
    context, ignore_file = explanation.context, explanation.ignore_file
    return {
        "folder": str(context.folder),
        "dockerfile": str(context.dockerfile),
        "ignoreFile": str(ignore_file) if ignore_file else None,
        "files": context.files,
        "contextBytes": context.size,
        "paths": [_path_json(each) for each in explanation.paths],
    }


def _path_json(each: Explained) -> dict[str, object]:
    form: dict[str, object] = {
        "path": each.path,
        "isKept": each.entry is not None,
        "reason": each.reason.value,
    }
    if each.entry:
        form |= {"kind": each.entry.kind.value, "bytes": each.entry.size}
    if each.pattern:
        form |= {"line": each.pattern.line, "pattern": each.pattern.text}
    return form


def _kept_cells(each: Explained, explanation: Explanation) -> tuple[str, str, str]:
    entry = each.entry
    length = size(entry.size) if entry and entry.kind is EntryKind.FILE else "-"
    return length.rjust(10), _name(each), _why(each, explanation)


def _name(each: Explained) -> str:
    if each.entry and each.entry.target:
        return f"{each.path} -> {each.entry.target}"
    return each.path + ("/" if each.is_folder else "")


def _why(each: Explained, explanation: Explanation) -> str:
    """Nothing where there is nothing to say."""
    if each.reason is Reason.ALWAYS_SENT and each.entry:
        source = Path(each.entry.source).name
        renamed = "" if source == each.path else f": {source}"
        return f"{each.reason.value}{renamed}"
    if each.pattern is None or explanation.ignore_file is None:
        return ""
    where = f"{explanation.ignore_file.name}, line {each.pattern.line}: {each.pattern.text}"
    return f"{each.reason.value}: {where}" if each.entry else where
