"""Words as Go's flags take them, put in the order and the form that click takes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from hathora_deploy.cli.official.flag import Flag

_BOOLEANS: Final = frozenset(
    ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"]
)
_HELP: Final = ("help", "h")


def normalized(words: Sequence[str], flags: Mapping[str, Flag]) -> list[str]:
    """The commands, then each flag as ``--name=value``.

    A flag may stand before its command, begin with one hyphen, have a value of its own word even if it is
    a switch (``--idle-timeout-enabled false``), and be bundled (``-vv``).
    """
    by_name = _by_name(flags)
    commands: list[str] = []
    options: list[str] = []
    others: list[str] = []
    left = deque(words)
    while left:
        word = left.popleft()
        if word == "--":
            others += [word, *left]
            break
        if not word.startswith("-") or word == "-":
            commands.append(word)
            continue
        name, equals, value = word.removeprefix("-").removeprefix("-").partition("=")
        flag = by_name.get(name)
        if flag is None and not word.startswith("--") and set(name) <= by_name.keys():
            left.extendleft(reversed([f"-{letter}{equals}{value}" for letter in name]))
        elif flag is None:
            others.append(word)
        elif equals:
            options.append(f"--{flag.name}={value}")
        elif flag.is_switch:
            is_told = bool(left) and left[0] in _BOOLEANS
            options.append(f"--{flag.name}={left.popleft() if is_told else 'true'}")
        else:
            options.append(f"--{flag.name}={left.popleft()}" if left else f"--{flag.name}")
    if not commands:
        return others  # such as --version; flags without a command are for none
    return [*_helped(commands), *options, *others]


def _by_name(flags: Mapping[str, Flag]) -> dict[str, Flag]:
    return {
        name: flag
        for flag in flags.values()
        for name in (flag.name, flag.short, flag.also)
        if name is not None
    }


def _helped(commands: list[str]) -> list[str]:
    """``help`` is a command of every group."""
    for depth in (0, 1):
        if commands[depth : depth + 1] and commands[depth] in _HELP:
            return [*commands[:depth], *commands[depth + 1 :], "--help"]
    return commands
