"""Tells what in a Dockerfile only BuildKit builds."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Final

from hathora_deploy.dockerfile import DockerfileError, Instruction, parse

_FLAGS: Final = {
    "COPY": {"chmod", "link", "parents", "exclude"},
    "ADD": {"chmod", "link", "checksum", "keep-git-dir", "exclude"},
    "RUN": {"mount", "network", "security"},
}
_LARGEST: Final = 1 << 20


def needs_buildkit(text: str) -> str | None:
    """The first instruction of a Dockerfile that needs BuildKit, in words; None when none does."""
    try:
        instructions = parse(text).instructions
    except DockerfileError:
        return None
    return next((need for each in instructions if (need := _need(each)) is not None), None)


def dockerfile_of(archive: Path) -> str | None:
    """The Dockerfile at the root of an archive; None when it has none, or is no archive."""
    try:
        with tarfile.open(archive, "r|*") as tar:
            for entry in tar:
                if entry.name.removeprefix("./") == "Dockerfile" and entry.size <= _LARGEST:
                    file = tar.extractfile(entry)
                    return None if file is None else file.read().decode(errors="replace")
    except (tarfile.TarError, OSError, EOFError):
        pass
    return None


def _need(instruction: Instruction) -> str | None:
    place = f"on line {instruction.line} of the Dockerfile"
    for flag in instruction.flags:
        if flag in _FLAGS.get(instruction.keyword, ()):
            return f"{instruction.keyword} --{flag} {place}"
    is_heredoc = not instruction.is_json and "<<" in instruction.text
    if is_heredoc and instruction.keyword in _FLAGS:
        return f"{instruction.keyword} <<… {place}"
    return None
