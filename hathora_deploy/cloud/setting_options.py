"""Settings as text: the options of the command line, and the variables of the environment.

Each field of CloudSettings that has an Option is ``--name`` and ``HATHORA_CLOUD_NAME``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.settings import CloudSettings, Option
from hathora_deploy.secret import Secret

_PREFIX: Final = "HATHORA_CLOUD_"
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True)
class SettingOption:
    """A setting that whoever runs a cloud may choose."""

    name: str
    option: Option
    kind: type[Any]
    """What its value is: ``bool``, ``int``, ``Secret`` or one that is made of a text."""
    choices: tuple[str, ...]
    """Where there are only so many values, those."""
    default: Any

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        return f"{_PREFIX}{self.name.upper()}"

    def parse(self, text: str) -> Any:
        """The value that a text stands for. Raises ValueError, which says what is wrong with it."""
        if self.choices and text not in self.choices:
            raise ValueError(f"is none of {', '.join(self.choices)}: {text}")
        own: Callable[[str], Any] = getattr(self.kind, "parse", self.kind)
        value = _READERS.get(self.kind, own)(text)
        if self.option.least is not None and value < self.option.least:
            raise ValueError(f"is less than {self.option.least}: {text}")
        if self.option.most is not None and value > self.option.most:
            raise ValueError(f"is more than {self.option.most}: {text}")
        return value

    def render(self, value: Any) -> str:
        """The text that stands for a value. Of a Secret it is what nobody else may see."""
        if isinstance(value, Secret):
            return value.reveal()
        return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def setting_options() -> tuple[SettingOption, ...]:
    """All of them, in the order of CloudSettings."""
    hints = get_type_hints(CloudSettings, include_extras=True)
    found = []
    for field in fields(CloudSettings):
        hint = hints[field.name]
        option = next((each for each in get_args(hint) if isinstance(each, Option)), None)
        if get_origin(hint) is Annotated and option is not None:
            kind, choices = _kind(get_args(hint)[0])
            assert field.default is not MISSING  # nobody has to choose anything
            found.append(SettingOption(field.name, option, kind, choices, field.default))
    return tuple(found)


def settings_of(environment: Mapping[str, str], data_dir: Path, **given: Any) -> CloudSettings:
    """The settings of a cloud: what is ``given``, else what the environment says, else the defaults.

    Raises CloudStartError for a variable that holds no such setting. An empty one counts as absent.
    """
    found: dict[str, Any] = {}
    for each in setting_options():
        text = environment.get(each.variable)
        if each.name in given or not text:
            continue
        try:
            found[each.name] = each.parse(text)
        except ValueError as error:
            shown = "is not understood" if each.kind is Secret else error
            raise CloudStartError(
                f"{each.variable} {shown}", hint=f"{each.option.help} Or unset it."
            ) from None
    return CloudSettings(data_dir=data_dir, **found, **given)


def chosen(settings: CloudSettings) -> Collection[SettingOption]:
    """Those that are not what they are by default."""
    return [each for each in setting_options() if getattr(settings, each.name) != each.default]


def described(settings: CloudSettings) -> dict[str, str]:
    """The chosen ones as text, by name, for those who may not know secrets: of these it is the digest."""
    return {each.name: _shown(each, settings) for each in chosen(settings)}


def to_environment(settings: CloudSettings, environment: Mapping[str, str]) -> dict[str, str]:
    """An environment from which ``settings_of`` makes the same settings."""
    names = {each.variable for each in setting_options()}
    others = {name: value for name, value in environment.items() if name not in names}
    own = {each.variable: each.render(getattr(settings, each.name)) for each in chosen(settings)}
    return others | own


def _shown(setting: SettingOption, settings: CloudSettings) -> str:
    value = getattr(settings, setting.name)
    text = setting.render(value)
    is_secret = isinstance(value, Secret)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" if is_secret else text


def _kind(hint: Any) -> tuple[type[Any], tuple[str, ...]]:
    if get_origin(hint) is Literal:
        return str, get_args(hint)
    if NoneType in get_args(hint):
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    return hint, ()


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"is no whole number: {text}") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"is no number: {text}") from None


def _truth(text: str) -> bool:
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise ValueError(f"is neither true nor false: {text}")


def _place(text: str) -> Path:
    """Wherever the program that reads it may run."""
    return Path(text).expanduser().absolute()


_READERS: Final[Mapping[type[Any], Callable[[str], Any]]] = {
    int: _whole,
    float: _number,
    bool: _truth,
    Path: _place,
}
