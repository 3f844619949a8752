"""Which file of the build context the image starts, as far as the Dockerfile tells. Pure."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hathora_deploy.dockerfile import Dockerfile, Instruction
from hathora_deploy.pipeline.context import Entry, EntryKind
from hathora_deploy.pipeline.ignore_pattern import IgnoreSyntaxError, read_pattern

_INTERPRETERS: Final = re.compile(
    r"(ba|da|a)?sh|python[\d.]*|node|deno|bun|ruby|perl|php|lua[\d.]*|java|dotnet|mono|wine(64)?|godot.*"
)
_SHELLS: Final = re.compile(r"(ba|da|a)?sh")
_WRAPPERS: Final = frozenset({"exec", "env", "tini", "dumb-init", "nohup", "stdbuf", "nice"})
_PLAIN_BASES: Final = re.compile(
    r"(docker\.io/)?(library/)?(scratch|debian|ubuntu|alpine|busybox|fedora|rockylinux|almalinux)([:@].*)?"
)
"""Images that bring no game server of their own."""


@dataclass(frozen=True)
class EntryPoint:
    """What the image starts."""

    line: int
    """Of the Dockerfile."""
    path: str
    """In the image."""
    entry: Entry | None
    """What lands there from the context."""
    is_run_directly: bool
    """Rather than read by an interpreter."""
    is_shell_script: bool
    """Read by a shell that the Dockerfile names."""
    is_missing: bool
    """Nothing puts a file there, for certain."""
    may_be_changed: bool
    """Commands of the build, or a flag of COPY, may make it other than it is in the context."""


def find_entry_point(dockerfile: Dockerfile, entries: Sequence[Entry]) -> EntryPoint | None:
    """None where the Dockerfile does not tell, or starts a program of its base image."""
    stage = dockerfile.final_stage
    started = [_last(stage.instructions, keyword) for keyword in ("ENTRYPOINT", "CMD")]
    instruction = next((each for each in started if each), None)
    if instruction is None:
        return None
    name, interpreter = _program(instruction)
    if not name or "$" in name or (interpreter is None and "/" not in name):
        return None  # a program that is looked up in PATH
    copies, workdir = _copies(stage.instructions)
    path = posixpath.normpath(posixpath.join(workdir, name))
    by_path = {entry.path: entry for entry in entries}
    landing = next(
        (
            (copy, by_path[source])
            for copy in reversed(copies)
            for source in copy.sources_of(path, by_path)
        ),
        None,
    )
    commands = [each for each in stage.instructions if each.keyword in ("RUN", "ADD")]
    from_elsewhere = [copy for copy in copies if not copy.is_from_context]
    change = re.compile(rf"chmod|dos2unix|\\r|{re.escape(posixpath.basename(path))}")
    is_missing = (
        landing is None
        and not commands
        and not from_elsewhere
        and _PLAIN_BASES.fullmatch(stage.base) is not None
        and any(copy.takes_all_below(path) for copy in copies)
    )
    return EntryPoint(
        instruction.line,
        path,
        landing[1] if landing else None,
        is_run_directly=interpreter is None,
        is_shell_script=interpreter is not None and bool(_SHELLS.fullmatch(interpreter)),
        is_missing=is_missing,
        may_be_changed=(landing is not None and landing[0].has_mode)
        or any(change.search(each.text) for each in commands),
    )


@dataclass(frozen=True)
class _Copy:
    sources: tuple[str, ...]
    target: str
    """Absolute; with a slash at its end where it is said to be a folder."""
    is_from_context: bool
    has_mode: bool

    def sources_of(self, path: str, by_path: Mapping[str, Entry]) -> Iterator[str]:
        """Paths in the context of what this puts at ``path`` of the image."""
        if not self.is_from_context:
            return
        below = _relative(path, self.target)
        for source in self._expanded(by_path):
            is_folder = not source or by_path[source].kind is EntryKind.FOLDER
            if is_folder and below is not None:
                found = posixpath.join(source, below)
            elif not is_folder and (path == self.target or below == posixpath.basename(source)):
                found = source
            else:
                continue
            if found in by_path and by_path[found].kind is EntryKind.FILE:
                yield found

    def takes_all_below(self, path: str) -> bool:
        """Whether the whole context goes to a folder of its own that ``path`` is in."""
        below = _relative(path, self.target)
        return "" in self.sources and below is not None and self.target.rstrip("/") != ""

    def _expanded(self, by_path: Mapping[str, Entry]) -> Iterator[str]:
        for source in self.sources:
            if not source or source in by_path:
                yield source
            elif re.search(r"[*?\[]", source):
                try:
                    pattern = read_pattern(0, source)
                except IgnoreSyntaxError:
                    continue
                yield from (
                    each for each in by_path if pattern and re.fullmatch(pattern.expression, each)
                )


def _copies(instructions: Sequence[Instruction]) -> tuple[list[_Copy], str]:
    """Each COPY and ADD, and the folder in which the image starts."""
    workdir, copies = "/", []
    for each in instructions:
        if each.keyword == "WORKDIR":
            workdir = posixpath.join(workdir, each.arguments[0])
        elif each.keyword in ("COPY", "ADD") and len(each.arguments) > 1:
            *sources, target = each.arguments
            in_folder = target.endswith("/") or target in (".", "..") or len(sources) > 1
            place = posixpath.normpath(posixpath.join(workdir, target))
            copies.append(
                _Copy(
                    tuple(posixpath.normpath(f"/{source}").lstrip("/") for source in sources),
                    place.rstrip("/") + ("/" if in_folder else ""),
                    "from" not in each.flags and not each.heredocs,
                    "chmod" in each.flags,
                )
            )
    return copies, workdir


def _relative(path: str, folder: str) -> str | None:
    home = folder.rstrip("/") + "/"
    return path.removeprefix(home) if path.startswith(home) else None


def _last(instructions: Sequence[Instruction], keyword: str) -> Instruction | None:
    return next((each for each in reversed(instructions) if each.keyword == keyword), None)


def _program(instruction: Instruction) -> tuple[str, str | None]:
    """The file that is started or interpreted, and by what; an empty text where it cannot be told."""
    words = list(instruction.arguments)
    if not instruction.is_json:
        try:
            words = shlex.split(words[0])
        except (ValueError, IndexError):
            return "", None
    interpreter = None
    while words:
        word, name = words[0], posixpath.basename(words[0])
        if name in _WRAPPERS or word == "--" or re.match(r"[A-Za-z_]\w*=", word):
            words.pop(0)
        elif interpreter is None and _INTERPRETERS.fullmatch(name):
            interpreter = name
            words.pop(0)
        elif word.startswith("-"):
            return "", None
        else:
            return word, interpreter
    return "", None
