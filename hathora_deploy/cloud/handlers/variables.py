"""Refuses early what no program can be given as a variable of its environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hathora_deploy.api.deployments import EnvironmentVariable
from hathora_deploy.api.errors import UnprocessableEntity

_LARGEST: Final = 128 * 1024
"""Bytes of ``NAME=value`` and its end: Linux starts no program with a longer one."""
_LARGEST_TOGETHER: Final = 1024 * 1024
"""Linux starts none with more than a quarter of its stack, 2 MiB where nobody has changed it."""


def check_text(field: str, text: str | None) -> None:
    """Raises UnprocessableEntity for a text that holds a zero byte, which would end it."""
    if text is not None and "\0" in text:
        raise UnprocessableEntity(f"{field}: a zero byte cannot be given to a game server")


def check_variables(env: Sequence[EnvironmentVariable]) -> None:
    """Raises UnprocessableEntity, which never shows a value."""
    together = 0
    for variable in env:
        text = variable.value.reveal()
        check_text(f"env: {variable.name}", text)
        size = len(f"{variable.name}={text}\0".encode())
        together += size
        if size > _LARGEST:
            raise UnprocessableEntity(
                f"env: {variable.name} is larger than 128 KiB, which no program can be given"
            )
    if together > _LARGEST_TOGETHER:
        raise UnprocessableEntity("env: the variables are larger than 1 MiB together")
