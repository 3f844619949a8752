"""A program of its own, which asks the system keyring: one may hang, or want to ask on the terminal.

It reads one JSON object from stdin and prints one to stdout. It imports nothing of this package, and is
started by its path.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any, Final

SERVICE: Final = "hathora-deploy"
_NO_KEYRINGS: Final = ("keyring.backends.null", "keyring.backends.fail", "keyrings.alt.")
"""They keep nothing, fail, keep it in the clear, or ask for a password on the terminal."""
_RECOMMENDED: Final = 1


def _usable() -> Any:
    """The best keyring that keeps secrets; None where there is none."""
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    candidates = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
    return next(
        (
            each
            for each in candidates
            if not type(each).__module__.startswith(_NO_KEYRINGS) and each.priority >= _RECOMMENDED
        ),
        None,
    )


def _answer(asked: Mapping[str, str]) -> dict[str, str | None]:
    from keyring.errors import PasswordDeleteError

    usable = _usable()
    if usable is None:
        return {"keyring": None}
    endpoint, token = asked["endpoint"], None
    if asked["do"] == "write":
        usable.set_password(SERVICE, endpoint, asked["token"])
    elif asked["do"] == "read":
        token = usable.get_password(SERVICE, endpoint)
    else:
        try:
            usable.delete_password(SERVICE, endpoint)
        except PasswordDeleteError:  # there is none
            token = None
    return {"keyring": usable.name, "token": token}


if __name__ == "__main__":
    if not os.environ.get("PYTHON_KEYRING_BACKEND"):
        os.environ.pop("PYTHON_KEYRING_BACKEND", None)  # an empty one names no keyring
    try:
        answer = _answer(json.load(sys.stdin))
    except Exception as error:  # noqa: BLE001 - of any keyring; its text might hold what it was given
        answer = {"failed": type(error).__name__}
    print(json.dumps(answer))  # noqa: T201 - this is how it answers
