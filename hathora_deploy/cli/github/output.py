"""The sink of the action: the log of a workflow, where what others have written commands nothing."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TextIO

from hathora_deploy.cli.github.facts import Facts
from hathora_deploy.cli.github.workflow_commands import speechless, workflow_command
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.terminal import harmless
from hathora_deploy.pipeline.excerpt import shortened

if TYPE_CHECKING:
    from hathora_deploy.cli.progress import LineReporter

_LONGEST_MESSAGE: Final = 4000
"""Characters of a message for people, of which a runner shows no more. A secret is none: it is masked whole."""


class WorkflowOutput(Output):
    """Everything goes to one stream, for a runner keeps no order between two. Takes several threads."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.known = Facts()
        self.result: object = None
        """The JSON of the command, once there is one."""
        self._stream = stream
        self._lock = threading.RLock()
        self._group = ""
        self._pause = ""
        """The word that lets the runner take commands again; empty while it does."""

    def say(self, text: str) -> None:
        self._print(speechless(harmless(text, colours=False)))

    def data(self, text: str) -> None:
        self.say(text)

    def json(self, value: object) -> None:
        self.result = value

    def own_reporter(self) -> LineReporter:
        from hathora_deploy.cli.github.progress import GroupReporter

        return GroupReporter(self)

    def quote(self, line: str) -> None:
        """A line that somebody else has written: what it says to the runner is not heard."""
        with self._lock:
            if not self._pause:
                self._pause = secrets.token_hex(16)
                self._print(workflow_command("stop-commands", self._pause))
            self._print(harmless(line, colours=True))

    def group(self, title: str) -> None:
        """What follows is folded away under a title, until the next one."""
        with self._lock:
            if title != self._group:
                self.end_group()
                self._group = title
                self._command("group", _shown(title))

    def end_group(self) -> None:
        """What follows is seen at once."""
        with self._lock:
            self._resume()
            if self._group:
                self._group = ""
                self._command("endgroup")

    def mask(self, forms: Iterable[str]) -> None:
        """The runner covers these wherever they are printed from now on."""
        for form in forms:
            self._command("add-mask", form)

    def annotate(self, kind: str, message: str, **properties: str) -> None:
        """``error``, ``warning`` or ``notice``, shown on the page of the run; ``file``, ``line``, ``title``."""
        self._command(kind, _shown(message), **properties)

    def _command(self, name: str, message: str = "", **properties: str) -> None:
        with self._lock:
            self._resume()
            self._print(workflow_command(name, message, properties))

    def _resume(self) -> None:
        if self._pause:
            self._print(workflow_command(self._pause))
            self._pause = ""

    def _print(self, text: str) -> None:
        with self._lock:
            self._stream.write(text + "\n")
            self._stream.flush()


def _shown(message: str) -> str:
    """As much of what others may have written as the page of a run shows."""
    return shortened(harmless(message, colours=False), _LONGEST_MESSAGE)
