"""A flag of the official command line, and the option that it is for click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click


@dataclass(frozen=True)
class Flag:
    """A flag; ``variables`` and ``key``, of a configuration file, may stand for it."""

    name: str
    help: str
    short: str | None = None
    variables: tuple[str, ...] = ()
    key: str | None = None
    type: Any = click.STRING
    default: Any = None
    is_list: bool = False
    also: str | None = None
    """A second name."""

    @property
    def parameter(self) -> str:
        """What the functions of commands call it."""
        return (self.also or self.name).replace("-", "_")

    @property
    def is_switch(self) -> bool:
        """Whether it may stand without a value, for true."""
        return self.type is click.BOOL

    def option(self) -> click.Option:
        """The option of click's."""
        names = [f"--{name}" for name in (self.name, self.also) if name]
        short = [f"-{self.short}"] if self.short else []
        return click.Option(
            [*names, *short, self.parameter],
            type=self.type,
            metavar="[true|false]" if self.is_switch else None,
            multiple=self.is_list,
            default=self.default,
            show_default=self.default is not None and not self.is_list,
            envvar=self.variables or None,
            show_envvar=bool(self.variables),
            help=self.help,
        )
