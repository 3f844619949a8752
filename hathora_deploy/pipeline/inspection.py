"""Likely secrets and likely mistakes in what is sent: worth a word, and no reason to stop."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from hathora_deploy.dockerfile import Dockerfile, DockerfileError, parse
from hathora_deploy.pipeline.concern import Concern, Remedy, folder_remedy
from hathora_deploy.pipeline.context import DOCKERFILE, IGNORE_FILE, BuildContext, Entry
from hathora_deploy.pipeline.entry_point import EntryPoint, find_entry_point
from hathora_deploy.pipeline.path_signs import signs, to_leave_out
from hathora_deploy.pipeline.program import HEAD_BYTES, USUAL_MACHINE, Program, recognized
from hathora_deploy.pipeline.secret_shapes import MOST_BYTES, may_hold_a_secret, secret_in

_MOST_FILES: Final = 500
"""That are looked into: those nearest to the top, where settings are."""
_INSTALLS_PACKAGES: Final = re.compile(r"\b(npm (ci|i|install)|yarn|pnpm i)\b")
_GIVES_SETUID: Final = re.compile(r"chmod\b.*(?:[+=][rwxXt]*s|\b0?[2-7][0-7]{3}\b)")


def inspect(context: BuildContext) -> tuple[Concern, ...]:
    """Reads no more than a few hundred small files, and the first bytes of the entry point."""
    dockerfile = None
    with suppress(DockerfileError, OSError, ValueError):  # others tell of it
        dockerfile = parse(context.dockerfile.read_text(encoding="utf-8"))
    return concerns(
        context.entries,
        dockerfile=dockerfile,
        secrets=_secrets(context.entries),
        program_of=lambda entry: recognized(_head(entry, HEAD_BYTES)),
        remedy=folder_remedy(_ignore_file(context)),
    )


def _ignore_file(context: BuildContext) -> str:
    """The name of the one that decides: a Dockerfile may have one of its own beside it."""
    sent = (each.source for each in context.entries if each.path == IGNORE_FILE)
    return Path(next(sent, IGNORE_FILE)).name


def concerns(
    entries: Sequence[Entry],
    *,
    dockerfile: Dockerfile | None,
    secrets: Iterable[tuple[Entry, str]],
    program_of: Callable[[Entry], Program],
    remedy: Remedy,
) -> tuple[Concern, ...]:
    """Of entries, and of ``secrets`` that were found in them, with what each is."""
    found = [
        *signs(entries, remedy=remedy),
        *_of_secrets(secrets, remedy),
        *_setuid(dockerfile, entries),
    ]
    if dockerfile:
        found += _installed_again(dockerfile, entries, remedy)
        entry_point = find_entry_point(dockerfile, entries)
        if entry_point:
            found += _of_entry_point(entry_point, program_of, remedy)
    return tuple(found)


def _secrets(entries: Iterable[Entry]) -> Iterator[tuple[Entry, str]]:
    likely = sorted(filter(may_hold_a_secret, entries), key=lambda each: each.path.count("/"))
    for entry in islice(likely, _MOST_FILES):
        secret = secret_in(_head(entry, MOST_BYTES))
        if secret:
            yield entry, secret


def _of_secrets(secrets: Iterable[tuple[Entry, str]], remedy: Remedy) -> Iterator[Concern]:
    found: dict[str, list[Entry]] = {}
    for entry, secret in secrets:
        found.setdefault(secret, []).append(entry)
    for secret, entries in found.items():
        yield to_leave_out(f"likely {secret} is sent", entries, remedy=remedy)


def _setuid(dockerfile: Dockerfile | None, entries: Sequence[Entry]) -> Iterator[Concern]:
    """Nothing where the Dockerfile gives such a bit to anything."""
    found = tuple(each.path for each in entries if each.is_setuid)
    instructions = dockerfile.instructions if dockerfile else ()
    if found and not any(_GIVES_SETUID.search(each.text) for each in instructions):
        advice = "let the Dockerfile set it, by RUN chmod u+s or COPY --chmod=4755"
        yield Concern("a setuid or setgid bit is not sent", found, advice)


def _installed_again(
    dockerfile: Dockerfile, entries: Sequence[Entry], remedy: Remedy
) -> Iterator[Concern]:
    installs = any(
        each.keyword == "RUN" and _INSTALLS_PACKAGES.search(each.text)
        for each in dockerfile.instructions
    )
    if not installs:
        return
    found = [each for each in entries if PurePosixPath(each.path).name == "node_modules"]
    if found:
        what = "packages are sent although the Dockerfile installs them"
        yield to_leave_out(what, found, pattern="**/node_modules", remedy=remedy)


def _of_entry_point(
    entry_point: EntryPoint, program_of: Callable[[Entry], Program], remedy: Remedy
) -> Iterator[Concern]:
    starts = f"{DOCKERFILE}, line {entry_point.line}, starts {entry_point.path}"
    if entry_point.is_missing:
        yield Concern(f"{starts}, which no file that is sent becomes", (), remedy.find)
    entry = entry_point.entry
    if entry is None:
        return
    for what, advice in _of_program(entry_point, entry, program_of(entry), remedy):
        yield Concern(f"{starts}: {what}", (entry.path,), advice)


def _of_program(
    entry_point: EntryPoint, entry: Entry, program: Program, remedy: Remedy
) -> Iterator[tuple[str, str]]:
    is_direct, may_be_changed = entry_point.is_run_directly, entry_point.may_be_changed
    is_script = program.is_script or entry_point.is_shell_script
    place = shlex.quote(Path(entry.source).as_posix())
    if is_direct and program.foreign_system:
        yield (
            f"it is a program for {program.foreign_system}",
            f"build the server for Linux, {USUAL_MACHINE}",
        )
    if is_direct and program.unusual_machine:
        yield (
            f"it is a program for {program.unusual_machine}",
            f"build it for {USUAL_MACHINE}, unless the cloud's machines are of this kind",
        )
    if is_script and program.has_windows_line_ends and not may_be_changed:
        mend = remedy.mend.format(command=f"sed -i 's/\\r$//' {place}")
        yield "its lines end as on Windows", mend
    if is_direct and not entry.is_executable and not may_be_changed:
        yield "it may not be executed", remedy.mend.format(command=f"chmod +x {place}")


def _head(entry: Entry, length: int) -> bytes:
    """Nothing of a file that is gone, or cannot be read: packing tells."""
    try:
        with Path(entry.source).open("rb") as file:
            return file.read(length)
    except OSError:
        return b""
