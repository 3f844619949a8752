"""hathora.toml: the settings of a project, for whoever deploys it. Flags and variables win over it."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from hathora_deploy.cli.errors import SettingsError

NAME: Final = "hathora.toml"

KEYS: Final[Mapping[str, Mapping[str, tuple[str, type | tuple[type, ...]]]]] = {
    "app": {"id": ("app_id", str)},
    "cloud": {
        "endpoint": ("endpoint", str),
        "timeout": ("call_timeout", (int, float)),
        "outage-timeout": ("outage_timeout", (int, float)),
    },
    "build": {
        "tag": ("build_tag", str),
        "dockerfile": ("dockerfile", str),
        "timeout": ("build_timeout", (int, float)),
        "git-timeout": ("git_timeout", (int, float)),
    },
    "upload": {
        "connect-timeout": ("upload_connect_timeout", (int, float)),
        "stall-timeout": ("upload_stall_timeout", (int, float)),
        "answer-timeout": ("upload_answer_timeout", (int, float)),
        "join-timeout": ("upload_join_timeout", (int, float)),
        "follow-timeout": ("upload_follow_timeout", (int, float)),
    },
    "deployment": {
        "from-latest": ("from_latest", bool),
        "tag": ("deployment_tag", str),
        "container-port": ("container_port", int),
        "transport-type": ("transport_type", str),
        "additional-container-ports": ("additional_container_ports", list),
        "requested-cpu": ("requested_cpu", (int, float)),
        "requested-memory-mb": ("requested_memory_mb", int),
        "requested-gpu": ("requested_gpu", int),
        "rooms-per-process": ("rooms_per_process", int),
        "idle-timeout-enabled": ("idle_timeout_enabled", bool),
        "fleet-id": ("fleet_id", str),
        "lock-timeout": ("lock_timeout", (int, float)),
        "undo-timeout": ("undo_timeout", (int, float)),
        "env": ("env", dict),
    },
    "hooks": {
        "before-packaging": ("before_packaging", (str, list)),
        "after-build": ("after_build", (str, list)),
        "after-deploy": ("after_deploy", (str, list)),
        "timeout": ("hook_timeout", (int, float)),
    },
    "verify": {
        "probes": ("verify", list),
        "region": ("verify_region", str),
        "timeout": ("verify_timeout", (int, float)),
        "stay": ("verify_stay", (int, float)),
        "rollback": ("rollback", bool),
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
    (str, list): 'a text in quotes, or a list of them: ["make", "server"]',
    dict: "a table of texts",
}


def named(config: str | None, folder: str | None) -> Path | None:
    """The file that a command line means. Raises SettingsError where the one it names is not there."""
    if not config:
        return find(Path(folder) if folder else None)
    with SettingsError.of_path():
        is_there = Path(config).is_file()
    if not is_there:
        raise SettingsError(f"there is no file {config}", hint="check --config")
    return Path(config)


def find(folder: Path | None) -> Path | None:
    """The hathora.toml of the folder that is deployed, else of the working folder. Raises SettingsError."""
    candidates = [place / NAME for place in (folder, Path()) if place is not None]
    with SettingsError.of_path():
        return next((path for path in candidates if path.is_file()), None)


@dataclass(frozen=True)
class FileSettings:
    """What a file says: by option, its value and the section that it stands in."""

    path: Path
    values: Mapping[str, Any] = field(default_factory=dict)
    sections: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    """The variables of the server; ``env.NAME`` has a section, too."""
    environments: tuple[str, ...] = ()
    """Those that there are, where none was chosen."""

    def origin_of(self, option: str) -> str:
        """``hathora.toml [staging.room]``."""
        return f"{self.path.name} [{self.sections[option]}]"

    def place_of(self, option: str) -> str:
        """For an error: ``server/hathora.toml: region in [staging.room]``."""
        named = {name: key for keys in KEYS.values() for key, (name, _) in keys.items()}
        return f"{self.path}: {named[option]} in [{self.sections[option]}]"


def read(path: Path, *, environment: str | None = None) -> FileSettings:
    """What the file says; what it says for the environment wins.

    An environment is a table of sections: [staging.app], [staging.deployment].
    Raises SettingsError, which names the file, the line and the key.
    """
    text, document = _parsed(path)
    shared = {name: keys for name, keys in document.items() if not _is_environment(name, keys)}
    found = _FileReader(path, text).settings(shared)
    own = {
        name: _FileReader(path, text, f"{name}.").settings(keys)
        for name, keys in document.items()
        if name not in shared
    }  # each, so that a mistake is found before its environment is deployed to
    if environment is None:
        return replace(found, environments=tuple(own))
    if environment not in own:
        listed = ", ".join(own)
        raise SettingsError(
            f"{path} has no environment {environment}",
            hint=f"it has {listed}" if own else f"write [{environment}.app] and its keys below it",
        )
    return _over(found, own[environment])


def _parsed(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors begin a text with a mark
        return text, tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text", hint="save it as UTF-8") from None
    except RecursionError:
        raise SettingsError(f"{path} is nested too deeply to be read") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{path} is not TOML: {error}", hint="texts stand in quotes, sections in [brackets]"
        ) from None


def _is_environment(name: str, keys: Any) -> bool:
    is_table = isinstance(keys, dict) and all(isinstance(value, dict) for value in keys.values())
    return is_table and name not in KEYS


def _over(shared: FileSettings, own: FileSettings) -> FileSettings:
    return FileSettings(
        shared.path,
        {**shared.values, **own.values},
        {**shared.sections, **own.sections},
        {**shared.env, **own.env},
    )


@dataclass(frozen=True)
class _FileReader:
    """Reads the sections of a file, or of one of its environments, whose name stands before theirs."""

    path: Path
    text: str
    prefix: str = ""

    def settings(self, document: Mapping[str, Any]) -> FileSettings:
        values: dict[str, Any] = {}
        sections: dict[str, str] = {}
        for section, keys in document.items():
            for option, value in self._section(section, keys):
                values[option] = value
                sections[option] = self.prefix + section
        env: dict[str, str] = values.pop("env", {})
        place = f"{self.prefix}deployment.env"
        return FileSettings(
            self.path, values, {**sections, **{f"env.{name}": place for name in env}}, env
        )

    def _place(self, section: str | None, key: str) -> str:
        return f"{self.path}{_line(self.text, section, key)}"

    def _section(self, section: str, keys: Any) -> list[tuple[str, Any]]:
        if section not in KEYS:
            place = self._place(None, self.prefix + section)
            if section == "token":
                raise _secret(place)
            error = _unknown(place, section, "section", KEYS)
            if isinstance(keys, dict) and not self.prefix:
                error.hint = f"{error.hint}; an environment has these below it: [{section}.app]"
            raise error
        if not isinstance(keys, dict):
            raise SettingsError(
                f"{self._place(None, self.prefix + section)}: {section} is a section",
                hint=f"write [{section}] and its keys below it",
            )
        return [self._value(section, key, value) for key, value in keys.items()]

    def _value(self, section: str, key: str, value: Any) -> tuple[str, Any]:
        known, shown = KEYS[section], self.prefix + section
        place = self._place(shown, key)
        if key == "token":
            raise _secret(place)
        name = key.replace("_", "-")
        if name not in known:
            raise _unknown(f"{place} [{shown}]", key, "key", known)
        option, kind = known[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise SettingsError(f"{place}: {key} in [{shown}] is to be {_IN_WORDS[kind]}")
        for variable, content in value.items() if isinstance(value, dict) else ():
            if not isinstance(content, str):
                raise SettingsError(
                    f"{self._place(f'{shown}.{key}', variable)}: {variable} in [{shown}.{key}]"
                    " is to be a text in quotes",
                    hint=f'{variable} = "…"',
                )
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            raise SettingsError(f"{place}: {key} in [{shown}] is to be {_IN_WORDS[kind]}")
        return option, value


def _unknown(place: str, word: str, what: str, known: Mapping[str, Any]) -> SettingsError:
    near = difflib.get_close_matches(word.replace("_", "-"), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"what there is: {', '.join(known)}"
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
            found = section is None and f"{current}.".startswith(f"{key}.")
        else:
            found = current == (section or "") and assignment.match(line) is not None
        if found:
            return f":{number}"
    return ""
