"""What a folder holds, and what its ignore file says of each thing in it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.ignore import IgnoreRules, Verdict, parse_ignore_file
from hathora_deploy.pipeline.ignore_pattern import IgnoreSyntaxError

DOCKERFILE: Final = "Dockerfile"
IGNORE_FILE: Final = ".dockerignore"
_NAMED: Final = 3
"""Folders in a hint."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something in the folder: its ``path`` there, with ``/``, and where it is."""

    path: str
    source: str
    is_folder: bool
    verdict: Verdict


@dataclass(frozen=True)
class Survey:
    """All that was found, without what is inside ignored folders from which nothing can come back."""

    dockerfile: Path
    ignore_file: Path | None
    """The one in force."""
    found: tuple[Found, ...]
    problems: tuple[str, ...]
    """Of folders that cannot be read."""

    @property
    def sent_always(self) -> dict[str, Path]:
        """What a build needs, ignored or not, by the path under which it looks for it."""
        sent = {DOCKERFILE: self.dockerfile}
        return sent | ({IGNORE_FILE: self.ignore_file} if self.ignore_file else {})


def survey(folder: Path, *, dockerfile: str | None = None) -> Survey:
    """Look into a folder, and read no file but the ignore file. Raises ContextError."""
    _require_folder(folder)
    found = _find_dockerfile(folder, dockerfile)
    ignore_file, rules = _read_ignore_file(folder, found)
    problems: list[str] = []
    return Survey(found, ignore_file, tuple(_walk(folder, rules, problems)), tuple(problems))


def _require_folder(folder: Path) -> None:
    hint = "name the folder that holds the game server and its Dockerfile"
    if not os.path.lexists(folder):
        raise ContextError(f"there is no folder {folder}", hint=hint)
    if not folder.is_dir():
        raise ContextError(f"{folder} is not a folder", hint=hint)
    try:
        is_empty = not list(folder.iterdir())
    except OSError as error:
        raise ContextError(f"the folder {folder} cannot be read: {error.strerror}") from None
    if is_empty:
        raise ContextError(f"the folder {folder} is empty", hint=hint)


def _find_dockerfile(folder: Path, dockerfile: str | None) -> Path:
    found = folder / (dockerfile or DOCKERFILE)
    try:
        if found.is_file():
            return found
        is_there = found.exists()
    except OSError as error:
        raise ContextError(f"{found} cannot be looked at: {error.strerror}") from None
    if is_there:
        raise ContextError(f"{found} is not a file")
    if dockerfile is not None:
        raise ContextError(
            f"there is no Dockerfile {found}",
            hint=f"the setting dockerfile is a path that begins in {folder}",
        )
    raise ContextError(f"there is no Dockerfile in {folder}", hint=_without_dockerfile(folder))


def _without_dockerfile(folder: Path) -> str:
    """What to type: most often the folder that is meant lies in this one."""
    below = sorted(path.parent for path in folder.glob(f"*/{DOCKERFILE}"))
    if below:
        return f"deploy the folder that has one: {', or '.join(map(deploy_of, below[:_NAMED]))}"
    return (
        "write one with its EXPOSE and CMD; `hathora-deploy init"
        f" {shlex.quote(folder.as_posix())}` does where it can tell what the server is"
    )


def deploy_of(folder: Path) -> str:
    """The command that deploys a folder, whatever its name: ``hathora-deploy ./logs``."""
    text = folder.as_posix()
    place = text if "/" in text else f"./{text}".removesuffix(".")
    return f"hathora-deploy {shlex.quote(place)}"


def _read_ignore_file(folder: Path, dockerfile: Path) -> tuple[Path | None, IgnoreRules]:
    """The ignore file in force: one named after the Dockerfile goes before that of the folder."""
    for path in (dockerfile.with_name(f"{dockerfile.name}.dockerignore"), folder / IGNORE_FILE):
        try:
            if not path.is_file():
                continue
            # What is no UTF-8 is read as it is in the names of files.
            text = path.read_bytes().decode(errors="surrogateescape")
            return path, parse_ignore_file(text)
        except OSError as error:
            raise ContextError(f"{path} cannot be read: {error.strerror}") from None
        except IgnoreSyntaxError as error:
            raise ContextError(f"{path}, {error}") from None
    return None, IgnoreRules()


def _walk(folder: Path, rules: IgnoreRules, problems: list[str]) -> Iterator[Found]:
    # Paths as text: making objects of them takes longer than asking the disk.
    pending: list[tuple[str, str, Verdict | None]] = [("", str(folder), None)]
    while pending:
        above, place, verdict_above = pending.pop()
        try:
            children = list(os.scandir(place))
        except OSError as error:
            problems.append(f"{above}: the folder cannot be read ({error.strerror})")
            continue
        for child in children:
            path = f"{above}/{child.name}" if above else child.name
            found = Found(
                path,
                child.path,
                child.is_dir(follow_symlinks=False),
                rules.judge(path, verdict_above),
            )
            yield found
            if found.is_folder and (
                not found.verdict.is_ignored or rules.may_bring_back_below(path)
            ):
                pending.append((path, found.source, found.verdict))
