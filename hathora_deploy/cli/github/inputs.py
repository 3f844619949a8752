"""The inputs of the action: each is the option of the command line that has its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Final

import click

from hathora_deploy.cli import deploy, rollback
from hathora_deploy.cli.errors import SettingsError

ROLLBACK_TO: Final = "rollback-to"
"""Names a deployment to go back to, in the place of a deploy."""
PREVIOUS: Final = "previous"
GITHUB_TOKEN: Final = "github-token"  # noqa: S105  # the name of an input
"""With it, the summary is a comment on the pull request, too."""
OWN: Final = ("path", ROLLBACK_TO, GITHUB_TOKEN)
"""Those that are no option."""
_LEFT_OUT: Final = frozenset({"output", "help", "yes"})
_TRUTHS: Final = {"true": True, "false": False}


class InputError(SettingsError):
    """Some inputs are no good; ``problems`` says of each why."""

    hint = "github-action/README.md of the action says what each input takes"

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"input {name}: {why}" for name, why in problems.items()))
        self.problems = problems


def input_names() -> tuple[str, ...]:
    """All there are."""
    return (*OWN, *_options(deploy.command))


def taken(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Those that have a value. Their variables are gone then: no program that is started has them."""
    found = {name: environment.pop(variable(name), "").strip() for name in input_names()}
    return {name: value for name, value in found.items() if value}


def variable(name: str) -> str:
    """``app-id`` → ``INPUT_APP_ID``."""
    return f"INPUT_{name.upper().replace('-', '_')}"


def truth(inputs: Mapping[str, str], name: str) -> bool:
    """Of a flag; false where it is not given. Raises InputError."""
    value = _TRUTHS.get(inputs.get(name, "false").lower())
    if value is None:
        raise InputError({name: _no_truth(inputs[name])})
    return value


def command_line(inputs: Mapping[str, str]) -> list[str]:
    """What a person would type. Raises InputError, which names all that cannot be read."""
    name = inputs.get(ROLLBACK_TO)
    if name is None:
        return ["deploy", *_words(inputs, deploy.command), "--", inputs.get("path", ".")]
    if truth(inputs, "dry-run"):
        raise InputError({ROLLBACK_TO: "it goes back at once: there is no dry-run of that"})
    target = [] if name == PREVIOUS else [name]
    return ["rollback", *_words(inputs, rollback.command), "--yes", "--", *target]


def name_of(parameter: click.Parameter | None) -> str | None:
    """The input whose value a parameter has got, if it is one."""
    if parameter is None:
        return None
    if isinstance(parameter, click.Option):
        name = _name(parameter)
        return name if name in input_names() else None
    return "path" if parameter.name == "path" else ROLLBACK_TO


def _options(command: click.Command) -> dict[str, click.Option]:
    options = (each for each in command.params if isinstance(each, click.Option))
    named = {_name(option): option for option in options}
    return {name: option for name, option in named.items() if name not in _LEFT_OUT}


def _name(option: click.Option) -> str:
    """That of the first long flag."""
    return next(flag for flag in option.opts if flag.startswith("--")).removeprefix("--")


def _words(inputs: Mapping[str, str], command: click.Command) -> list[str]:
    words: list[str] = []
    problems: dict[str, str] = {}
    for name, option in _options(command).items():
        if name not in inputs:
            continue
        try:
            words += _of_option(option, inputs[name])
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise InputError(problems)
    return [*words, "--output=json"]


def _of_option(option: click.Option, value: str) -> Iterator[str]:
    """The words of one option. Raises ValueError."""
    flag = f"--{_name(option)}"
    if not option.is_flag:
        values = filter(None, map(str.strip, value.split("\n"))) if option.multiple else [value]
        yield from (f"{flag}={each}" for each in values)
        return
    wanted = _TRUTHS.get(value.lower())
    if wanted is None:
        raise ValueError(_no_truth(value))
    if wanted:
        yield flag
    elif option.secondary_opts:
        yield option.secondary_opts[0]


def _no_truth(value: str) -> str:
    return f"{value!r} is neither true nor false"
