"""From the command of an image to one that this machine can run: which program, which paths.

An absolute path that exists among the image's files means that file; any other means this machine's.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Mapping
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


def host_command(image: Image, files: Path, search_path: str) -> list[str]:
    """The command as this machine runs it, its program found. Raises ProgramError."""
    *words, last = image.command
    mapped = [_mapped(word, files) for word in words]
    mapped.append(_mapped_text(last, files) if image.is_shell_form else _mapped(last, files))
    return [str(_program(image, files, search_path)), *mapped[1:]]


def host_environment(environment: Mapping[str, str], files: Path) -> dict[str, str]:
    """Variables whose value is a path of the image, or a list of them, as this machine's paths."""
    return {
        name: ":".join(
            _mapped_piece(piece, files, keep=name == "PATH") for piece in value.split(":")
        )
        for name, value in environment.items()
    }


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


def _mapped(word: str, files: Path) -> str:
    option, equals, value = word.partition("=")
    if equals and not word.startswith("/"):
        return f"{option}={_mapped(value, files)}" if value.startswith("/") else word
    if not word.startswith("/") or word.startswith("//") or not word.strip("/"):
        return word
    path = host_path(word, files)
    return str(path) if path.exists() else word


def _mapped_piece(piece: str, files: Path, *, keep: bool) -> str:
    mapped = _mapped(piece, files)
    # A folder of programs exists in the image and on this machine: both count.
    return f"{mapped}:{piece}" if keep and mapped != piece else mapped


def _mapped_text(text: str, files: Path) -> str:
    def quoted(match: re.Match[str]) -> str:
        mapped = _mapped(match[0], files)
        return shlex.quote(mapped) if mapped != match[0] else mapped

    return _SHELL_PATH.sub(quoted, text)
