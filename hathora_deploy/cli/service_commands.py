"""What the service of a pipeline would take for a command to it, in a log that others have written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from hathora_deploy.cli.github import workflow_commands

_COMMANDS: Final = {
    "TEAMCITY_VERSION": re.compile(r"#(?=#teamcity\[)", re.IGNORECASE),
    "TF_BUILD": re.compile(r"#(?=#(?:vso)?\[)", re.IGNORECASE),
}
"""By the variable that a service sets: the first half of the mark that its commands begin with."""


def speechless(text: str, environment: Mapping[str, str]) -> str:
    """The text with a space in such marks: a game's Dockerfile is to set no variable of a pipeline."""
    for variable, mark in _COMMANDS.items():
        if environment.get(variable):
            text = mark.sub(r"\g<0> ", text)
    return workflow_commands.speechless(text) if environment.get("GITHUB_ACTIONS") else text
