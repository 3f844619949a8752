"""The file that --config names: sections of flags, in YAML, of which JSON is a part."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.cli.official.flag import Flag
from hathora_deploy.cli.official.flags import FLAGS
from hathora_deploy.secret import Secret

if TYPE_CHECKING:
    import yaml

BY_KEY: Final[Mapping[str, Flag]] = {flag.key: flag for flag in FLAGS.values() if flag.key}
_SECTIONS: Final = {key.partition(".")[0] for key in BY_KEY}


@dataclass
class Config:
    """What a file says, by the parameter of each flag; texts are as they stand in the file."""

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """Where each stands, for people: ``ci.yaml:3: build.tag``."""
    warnings: list[str] = field(default_factory=list)


def read(path: Path) -> Config:
    """Raises SettingsError, with the line, where it is not what it is to be. An unknown key is a warning."""
    import yaml  # only now, for it takes a while

    config = Config()
    for key, place, node in _entries(path, _root(path)):
        flag = BY_KEY.get(key)
        if flag is None:
            near = difflib.get_close_matches(key.replace("_", "-"), BY_KEY, n=1)
            rest = f"; did you mean {near[0]}?" if near else ""
            config.warnings.append(f"{place}: there is no key {key}{rest}")
        elif not _is_null(node):
            config.places[flag.parameter] = f"{place}: {key}"
            if isinstance(node, yaml.ScalarNode):
                config.values[flag.parameter] = [node.value] if flag.is_list else node.value
            else:
                config.values[flag.parameter] = _list(node, flag, f"{place}: {key}")
    return config


def _root(path: Path) -> yaml.MappingNode | None:
    """None for an empty file."""
    import yaml

    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors begin a text with a mark
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}", hint="check --config"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text", hint="save it as UTF-8") from None
    if path.suffix == ".json":
        text = text.expandtabs()  # in which YAML indents nothing
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError(
            f"{path}{line} is not YAML: {error.problem}", hint="mend that line of the file"
        ) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise SettingsError(f"{path} is not YAML: {error}") from None
    if root is None or _is_null(root):
        return None
    if not isinstance(root, yaml.MappingNode):
        raise SettingsError(
            f"{path} holds no sections", hint="it begins with build: or deployment:"
        )
    return root


def _entries(path: Path, root: yaml.MappingNode | None) -> Iterator[tuple[str, str, yaml.Node]]:
    """Each key with its section, where it stands, and its value."""
    for section, place, node in _pairs(path, root):
        if section not in _SECTIONS:
            yield section, place, node
        elif not _is_null(node):
            for key, below, value in _pairs(path, node):
                yield f"{section}.{key}", below, value


def _pairs(path: Path, node: yaml.Node | None) -> Iterator[tuple[str, str, yaml.Node]]:
    import yaml

    if node is None:
        return
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(f"{path}:{_line(node)}: here are to be keys, a line each")
    seen = set()
    for key, value in node.value:
        place = f"{path}:{_line(key)}"
        if not isinstance(key, yaml.ScalarNode):
            raise SettingsError(f"{place}: a key is to be a text")
        if key.value in seen:
            raise SettingsError(f"{place}: {key.value} is there twice")
        seen.add(key.value)
        yield key.value, place, value


def _list(node: yaml.Node, flag: Flag, place: str) -> list[Any]:
    """The texts of a list; the pairs of a table, whose commas are all of the values."""
    import yaml

    below = [each[1] for each in node.value] if isinstance(node, yaml.MappingNode) else node.value
    if not flag.is_list or not all(isinstance(each, yaml.ScalarNode) for each in below):
        raise SettingsError(f"{place} is to be a text{' or a list of texts' * flag.is_list}")
    if not isinstance(node, yaml.MappingNode):
        return [each.value for each in below]
    if flag.name != "env":
        raise SettingsError(f"{place} is to be a text or a list of texts")
    return [tuple((key.value, Secret(value.value)) for key, value in node.value)]


def _is_null(node: yaml.Node) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
