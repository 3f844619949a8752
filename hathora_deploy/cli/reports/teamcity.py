"""TeamCity: messages on stdout that fold the log, name the problem and set parameters of the build."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from hathora_deploy.cli.errors import OutputError
from hathora_deploy.cli.reports.steps import Step, StepLog

_ESCAPES: Final = {"|": "||", "'": "|'", "\n": "|n", "\r": "|r", "[": "|[", "]": "|]"}
_LONGEST: Final = 4000
"""Characters of the description of a problem; TeamCity cuts what is longer, where it pleases."""


class TeamCityLog(StepLog):
    """Tells of the steps while they run."""

    def __init__(self, say: Callable[[str], None], expected: Sequence[str]) -> None:
        self._say = say
        super().__init__(expected)

    def opened(self, step: Step) -> None:
        self._send("blockOpened", name=step.name)
        self._send("progressMessage", f"hathora-deploy: {step.name}")

    def closed(self, step: Step) -> None:
        self._send("blockClosed", name=step.name)

    def tell_result(self, values: Mapping[str, str]) -> None:
        """The problem, if there was one, and the variables of later steps of the build."""
        for step in self.steps():
            if step.error:
                description = f"{step.name}: {step.error}"[:_LONGEST]
                self._send(
                    "buildProblem", description=description, identity=f"hathora-deploy.{step.name}"
                )
        for name, value in values.items():
            self._send("setParameter", name=f"env.{name}", value=value)

    def _send(self, message: str, text: str | None = None, **attributes: str) -> None:
        # That nobody reads the log any more is no reason to end a deploy half way.
        with suppress(OSError, OutputError):
            self._say(service_message(message, text, **attributes))


def service_message(message: str, text: str | None = None, **attributes: str) -> str:
    """The line of a message, with one text or with attributes."""
    given = [f"{key}='{_escaped(value)}'" for key, value in attributes.items()]
    parts = given if text is None else [f"'{_escaped(text)}'"]
    return f"##teamcity[{' '.join([message, *parts])}]"


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character) or _ascii(character) for character in text)


def _ascii(character: str) -> str:
    """As it is, or the four digits of each of its units of UTF-16."""
    if " " <= character <= "~":
        return character
    units = character.encode("utf-16-be", "surrogatepass").hex().upper()
    return "".join(f"|0x{units[start : start + 4]}" for start in range(0, len(units), 4))
