"""The keyring of the system: it is asked by a process of its own, and not waited for without end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hathora_deploy.cli.errors import KeyringError
from hathora_deploy.secret import Secret

_PROGRAM: Final = Path(__file__).with_name("keyring_process.py")
_SILENCE: Final = 2.0
"""Seconds without an answer before somebody is told what is waited for."""


@dataclass(frozen=True)
class SystemKeyring:
    """Tokens by endpoint. ``timeout`` is in seconds; ``waiting`` is called once it takes long."""

    timeout: float
    waiting: Callable[[], None]

    def write(self, endpoint: str, token: Secret) -> str | None:
        """The name of the keyring that keeps the token; None where the system has none."""
        return self._ask("write", endpoint, token)[0]

    def read(self, endpoint: str) -> Secret | None:
        """The token that is kept."""
        return self._ask("read", endpoint)[1]

    def forget(self, endpoint: str) -> None:
        """Keep no token of an endpoint any longer."""
        self._ask("forget", endpoint)

    def _ask(
        self, do: str, endpoint: str, token: Secret | None = None
    ) -> tuple[str | None, Secret | None]:
        """The name of the keyring, and a token. Raises KeyringError."""
        question = {"do": do, "endpoint": endpoint, "token": token.reveal() if token else ""}
        # The last line: what a keyring prints besides comes before it.
        answer = self._answer(json.dumps(question)).splitlines()[-1:]
        try:
            facts = json.loads("".join(answer))
        except ValueError:
            facts = {"failed": "no answer"}
        if "failed" in facts:
            raise KeyringError(f"the system keyring failed: {facts['failed']}")
        if facts["keyring"] is None and do != "write":
            raise KeyringError("the system keyring, which keeps the token, is not there any more")
        found = facts.get("token")
        return facts["keyring"], Secret(found) if found else None

    def _answer(self, question: str) -> str:
        # -P and the path: nothing of the working folder is imported by what is given a token.
        process = subprocess.Popen(  # noqa: S603 - a program of this package, and no words of others
            [sys.executable, "-P", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            start_new_session=True,  # without a terminal to ask on
        )
        silence = min(_SILENCE, self.timeout)
        with process:
            try:
                try:
                    return process.communicate(question, timeout=silence)[0]
                except subprocess.TimeoutExpired:
                    self.waiting()
                    return process.communicate(timeout=self.timeout - silence)[0]
            except subprocess.TimeoutExpired:
                raise KeyringError(
                    f"the system keyring did not answer within {self.timeout:g} s",
                    hint="unlock it, or give it longer with HATHORA_KEYRING_TIMEOUT",
                ) from None
            finally:
                process.kill()
