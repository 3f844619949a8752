"""From the command of an image to one that this machine can run: which program, which paths.

An absolute path that exists among the image's files means that file; any other means this machine's.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hathora_deploy.cloud.runtime.image import Image, host_path

# A path that begins a word of a shell's text, not one in the middle of a word or of a URL.
_SHELL_PATH: Final = re.compile(r"(?<![^\s=:;|&<>()'\"])/[^\s:;|&<>()'\"$`*?]+")


class ProgramError(ValueError):
    """A program cannot be run here. ``is_final``: no change to this machine would help."""

    def __init__(self, problem: str, *, hint: str, is_final: bool) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint
        self.is_final = is_final


def host_command(
    image: Image, files: Path, search_path: str, *, seen: Path | None = None
) -> list[str]:
    """The command as this machine runs it, its program found. Raises ProgramError.

    ``seen`` is where the process finds the files, if it is not where they are.
    """
    place = _Place(files, seen or files)
    *words, last = image.command
    mapped = [_mapped(word, place) for word in words]
    mapped.append(_mapped_text(last, place) if image.is_shell_form else _mapped(last, place))
    return [place.shown(_program(image, files, search_path)), *mapped[1:]]


def host_environment(
    environment: Mapping[str, str], files: Path, *, seen: Path | None = None
) -> dict[str, str]:
    """Variables whose value is a path of the image, or a list of them, as this machine's paths."""
    place = _Place(files, seen or files)
    return {
        name: ":".join(
            _mapped_piece(piece, place, keep=name == "PATH") for piece in value.split(":")
        )
        for name, value in environment.items()
    }


@dataclass(frozen=True)
class _Place:
    """Where the files of an image are, and where the process finds them."""

    files: Path
    seen: Path

    def shown(self, path: Path) -> str:
        if path.is_relative_to(self.files):
            return str(self.seen / path.relative_to(self.files))
        return str(path)


def _program(image: Image, files: Path, search_path: str) -> Path:
    name = image.command[0]
    if "/" not in name:
        return _searched(name, image, files, search_path)
    path = host_path(name, files, image.workdir)
    if path.exists():
        _require_executable(path, name)
        return path
    if name.startswith("/") and Path(name).exists():
        _require_executable(Path(name), name)
        return Path(name)
    place = "nor on this machine" if name.startswith("/") else f"in WORKDIR {image.workdir}"
    raise ProgramError(
        f"the program {name} is {'neither' if name.startswith('/') else 'not'} in the image {place}",
        hint="COPY it there, and see that no .dockerignore keeps it out of the build",
        is_final=True,
    )


def _searched(name: str, image: Image, files: Path, search_path: str) -> Path:
    own = [host_path(".", files, image.workdir)]
    own += [host_path(folder, files) for folder in search_path.split(":") if folder]
    for folder in own:
        if (folder / name).is_file():
            _require_executable(folder / name, name)
            return folder / name
    if found := shutil.which(name, path=search_path):
        return Path(found)
    raise ProgramError(
        f"the program {name} is neither in the image nor on this machine",
        hint=f"install {name}, or ship it; an image's own programs need Docker",
        is_final=False,
    )


def _require_executable(path: Path, name: str) -> None:
    if path.is_dir():
        raise ProgramError(f"{name} is a folder, no program", hint="mend CMD", is_final=True)
    if not os.access(path, os.X_OK):
        raise ProgramError(
            f"{name} is not executable",
            hint=f"chmod +x {path.name} before the deploy, or COPY --chmod=755 it (Docker: with BuildKit)",
            is_final=True,
        )


def _mapped(word: str, place: _Place) -> str:
    option, equals, value = word.partition("=")
    if equals and not word.startswith("/"):
        return f"{option}={_mapped(value, place)}" if value.startswith("/") else word
    if not word.startswith("/") or word.startswith("//") or not word.strip("/"):
        return word
    path = host_path(word, place.files)
    return place.shown(path) if path.exists() else word


def _mapped_piece(piece: str, place: _Place, *, keep: bool) -> str:
    mapped = _mapped(piece, place)
    # A folder of programs exists in the image and on this machine: both count.
    return f"{mapped}:{piece}" if keep and mapped != piece else mapped


def _mapped_text(text: str, place: _Place) -> str:
    def quoted(match: re.Match[str]) -> str:
        mapped = _mapped(match[0], place)
        return shlex.quote(mapped) if mapped != match[0] else mapped

    return _SHELL_PATH.sub(quoted, text)
