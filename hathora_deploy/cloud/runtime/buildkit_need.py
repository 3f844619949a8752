"""Tells what in a Dockerfile only BuildKit builds."""

from __future__ import annotations

from typing import Final

from hathora_deploy.dockerfile import DockerfileError, Instruction, parse

_FLAGS: Final = {
    "COPY": {"chmod", "link", "parents", "exclude"},
    "ADD": {"chmod", "link", "checksum", "keep-git-dir", "exclude"},
    "RUN": {"mount", "network", "security"},
}


def needs_buildkit(text: str) -> str | None:
    """The first instruction of a Dockerfile that needs BuildKit, in words; None when none does."""
    try:
        instructions = parse(text).instructions
    except DockerfileError:
        return None
    return next((need for each in instructions if (need := _need(each)) is not None), None)


def _need(instruction: Instruction) -> str | None:
    place = f"on line {instruction.line} of the Dockerfile"
    for flag in instruction.flags:
        if flag in _FLAGS.get(instruction.keyword, ()):
            return f"{instruction.keyword} --{flag} {place}"
    is_heredoc = not instruction.is_json and "<<" in instruction.text
    if is_heredoc and instruction.keyword in _FLAGS:
        return f"{instruction.keyword} <<… {place}"
    return None
