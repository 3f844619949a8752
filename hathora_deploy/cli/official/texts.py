"""Values that the official command line takes in forms of its own: lists in one text, numbers with a point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from hathora_deploy.cli.values import NamedPort
from hathora_deploy.secret import Secret

if TYPE_CHECKING:
    from hathora_deploy.api.network import ContainerPort

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # generic only in the newest click

Pairs = tuple[tuple[str, Secret], ...]

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_CAPITALS: Final = r"[A-Z_][A-Z0-9_]*"


class VariableTexts(ParamType):
    """``A=1,B=2``: becomes pairs. Which commas belong to a value, ``pairs`` decides."""

    name = "NAME=VALUE"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """One text, unless each line of it is a variable."""
        lines = [line for line in rv.splitlines() if line.strip()]
        is_list = all(re.match(rf"\s*{_NAME}\s*=", line) for line in lines)
        return lines if is_list else [rv]

    def convert(self, value: Any, param: Any, ctx: Any) -> Pairs:
        if isinstance(value, tuple):
            return value
        found = pairs(str(value))
        if found is None:
            self.fail("a variable is written NAME=VALUE", param, ctx)
        return found


def pairs(text: str) -> Pairs | None:
    """The variables of ``A=1,B=2``; None where it does not begin with one.

    A comma ends a value where ``NAME=`` follows it, in capitals if the first name is in capitals, so that
    ``RUST_LOG=game=trace,net=info`` stays whole. A value in quotes is what stands between them, commas too.
    """
    begins = re.match(rf"\s*({_NAME})\s*=", text)
    if begins is None:
        return None
    following = _CAPITALS if re.fullmatch(_CAPITALS, begins[1]) else _NAME
    ends = rf"(?=,\s*{following}\s*=|\Z)"
    one = re.compile(
        rf"\s*(?P<name>{_NAME})\s*=\s*(?:(?P<quote>[\"'])(?P<quoted>.*?)(?P=quote)\s*{ends}"
        rf"|(?P<plain>.*?){ends}),?",
        re.DOTALL,
    )
    found = []
    for match in one.finditer(text):
        value = match["quoted"] if match["quote"] else match["plain"].strip()
        found.append((match["name"], Secret(value)))
    return tuple(found)


class PortTexts(ParamType):
    """``query:27016/udp,rcon:27020``: becomes ports; without a protocol it is tcp."""

    name = "NAME:PORT/PROTOCOL"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        return [rv]

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[ContainerPort, ...]:
        if isinstance(value, tuple):
            return value
        texts = [text.strip() for text in str(value).split(",") if text.strip()]
        return tuple(
            NamedPort().convert(text if "/" in text else f"{text}/tcp", param, ctx)
            for text in texts
        )


class WholeNumber(ParamType):
    """``1024``, which may be written as ``1024.0``."""

    name = "integer"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        number = click.FLOAT.convert(value, param, ctx)
        if not float(number).is_integer():  # nor are inf and nan
            self.fail(f"{value} is not a whole number", param, ctx)
        return int(number)
