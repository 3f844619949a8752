"""hathora.toml: the settings of a project, for whoever deploys it. Flags and variables win over it."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hathora_deploy.cli.errors import SettingsError

NAME: Final = "hathora.toml"

KEYS: Final[Mapping[str, Mapping[str, tuple[str, type | tuple[type, ...]]]]] = {
    "app": {"id": ("app_id", str)},
    "cloud": {"endpoint": ("endpoint", str)},
    "build": {
        "tag": ("build_tag", str),
        "dockerfile": ("dockerfile", str),
        "timeout": ("build_timeout", (int, float)),
    },
    "deployment": {
        "tag": ("deployment_tag", str),
        "container-port": ("container_port", int),
        "transport-type": ("transport_type", str),
        "additional-container-ports": ("additional_container_ports", list),
        "requested-cpu": ("requested_cpu", (int, float)),
        "requested-memory-mb": ("requested_memory_mb", int),
        "rooms-per-process": ("rooms_per_process", int),
        "idle-timeout-enabled": ("idle_timeout_enabled", bool),
        "fleet-id": ("fleet_id", str),
        "env": ("env", dict),
    },
    "room": {"region": ("region", str), "start-timeout": ("start_timeout", (int, float))},
}
"""The option that each key sets, and the type of its value. ``_`` may stand for ``-``."""

_IN_WORDS: Final = {
    str: "a text in quotes",
    int: "a whole number",
    (int, float): "a number",
    bool: "true or false",
    list: 'a list of texts, like ["query:27016/udp"]',
    dict: "a table of texts",
}


def find(folder: Path | None) -> Path | None:
    """The hathora.toml of the folder that is deployed, else of the working folder."""
    candidates = [place / NAME for place in (folder, Path()) if place is not None]
    return next((path for path in candidates if path.is_file()), None)


def read(path: Path) -> dict[str, Any]:
    """Value by option. Raises SettingsError, which names the file, the line and the key."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors begin a text with a mark
        document = tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text", hint="save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{path} is not TOML: {error}", hint="texts stand in quotes, sections in [brackets]"
        ) from None
    return {
        option: value
        for section, keys in document.items()
        for option, value in _section(path, text, section, keys)
    }


def place_of(option: str) -> str:
    """Where an option stands in the file, for people: ``region in [room]``."""
    for section, keys in KEYS.items():
        for key, (name, _) in keys.items():
            if name == option:
                return f"{key} in [{section}]"
    return option


def _section(path: Path, text: str, section: str, keys: Any) -> list[tuple[str, Any]]:
    if section not in KEYS:
        place = f"{path}{_line(text, None, section)}"
        raise _secret(place) if section == "token" else _unknown(place, section, "section", KEYS)
    if not isinstance(keys, dict):
        raise SettingsError(
            f"{path}{_line(text, None, section)}: {section} is a section",
            hint=f"write [{section}] and its keys below it",
        )
    return [_value(path, text, section, key, value) for key, value in keys.items()]


def _value(path: Path, text: str, section: str, key: str, value: Any) -> tuple[str, Any]:
    known = KEYS[section]
    place = f"{path}{_line(text, section, key)}"
    if key == "token":
        raise _secret(place)
    name = key.replace("_", "-")
    if name not in known:
        raise _unknown(f"{place} [{section}]", key, "key", known)
    option, kind = known[name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise SettingsError(f"{place}: {key} in [{section}] is to be {_IN_WORDS[kind]}")
    for variable, content in value.items() if isinstance(value, dict) else ():
        if not isinstance(content, str):
            raise SettingsError(
                f"{path}{_line(text, f'{section}.{key}', variable)}: {variable} in [{section}.{key}]"
                " is to be a text in quotes",
                hint=f'{variable} = "…"',
            )
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        raise SettingsError(f"{place}: {key} in [{section}] is to be {_IN_WORDS[list]}")
    return option, value


def _unknown(place: str, word: str, what: str, known: Mapping[str, Any]) -> SettingsError:
    near = difflib.get_close_matches(word.replace("_", "-"), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it may be one of {', '.join(known)}"
    return SettingsError(f"{place}: there is no {what} {word}", hint=hint)


def _secret(place: str) -> SettingsError:
    return SettingsError(
        f"{place}: a token does not belong into a file that is shared",
        hint="remove it, and set the variable HATHORA_TOKEN",
    )


def _line(text: str, section: str | None, key: str) -> str:
    """``:3``, or nothing when the key is written in a way that only a TOML parser can follow."""
    current = ""
    assignment = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]")
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[+\s*([^]]+?)\s*\]", line):
            current = header[1]
            found = section is None and current.split(".")[0] == key
        else:
            found = current == (section or "") and assignment.match(line) is not None
        if found:
            return f":{number}"
    return ""
