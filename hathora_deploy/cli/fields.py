"""``name=value`` of the command line, read as the fields of an operation. No message shows a value."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from hathora_deploy.api.fields import (
    Field,
    Kind,
    ListOf,
    OneOf,
    Place,
    Scalar,
    fields_of,
    models_of,
    place_of,
    types_of,
)
from hathora_deploy.api.model import CLOSED
from hathora_deploy.api.operation import Operation
from hathora_deploy.api.wire import problems
from hathora_deploy.cli.errors import SettingsError

STDIN: Final = "-"
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)(:?)=(@?)(.*)", re.DOTALL)


@dataclass(frozen=True)
class Assignment:
    """A field as it was typed: ``name=text``, ``name:=json``, and with ``@`` the name of a file."""

    name: str
    is_json: bool
    is_file: bool
    text: str

    @staticmethod
    def parse(word: str) -> Assignment | None:
        match = _ASSIGNMENT.fullmatch(word)
        return Assignment(match[1], bool(match[2]), bool(match[3]), match[4]) if match else None


class _WrongValue(Exception):
    """A value that cannot be read, and why."""


def read(
    operation: type[Operation[Any]],
    assignments: Sequence[Assignment],
    *,
    document: str | None,
    known: Mapping[str, str],
    files: ExitStack,
) -> Operation[Any]:
    """An operation from what was typed, over what the JSON file ``document`` says, over ``known``.

    Raises SettingsError, with the name and the problem of each wrong value. What is to be sent as
    it is read stays open as long as ``files``.
    """
    sources = [document, *(each.text for each in assignments if each.is_file)]
    if sources.count(STDIN) > 1:
        raise SettingsError("stdin can be read once, and more than one value is to come from it")
    named = {
        name: field for field in fields_of(operation) for name in (field.wire_name, field.name)
    }
    typed: dict[str, list[Assignment]] = {}
    for each in assignments:
        name = named[each.name].wire_name if each.name in named else each.name
        typed.setdefault(name, []).append(each)

    data: dict[str, Any] = dict(known)
    wrong: dict[str, str] = {}
    for name, value in {**_document(document), **typed}.items():
        try:
            if name not in named:
                raise _WrongValue(_unknown(name, named))
            field = named[name]
            if name not in typed:
                data[field.wire_name] = value
            elif place_of(operation, field) is Place.FORM:
                data[field.wire_name] = _open(typed[name], files)
            else:
                data[field.wire_name] = _value(field.kind, typed[name])
        except _WrongValue as error:
            wrong[name] = str(error)
    return _checked(operation, data, wrong)


def _checked(
    operation: type[Operation[Any]], data: Mapping[str, Any], wrong: Mapping[str, str]
) -> Operation[Any]:
    invalid: Mapping[str, str] = {}
    try:
        built = operation.model_validate(data, context=CLOSED)
    except ValidationError as error:
        invalid = dict(problems(error))
    if not wrong and not invalid:
        return built
    # Of a value that could not be read, that it is missing is not worth telling too.
    listed = "; ".join(f"{path}: {what}" for path, what in {**invalid, **wrong}.items())
    name = operation.__name__
    raise SettingsError(
        f"{name} cannot be called so: {listed}", hint=f"hathora-deploy api {name} --help"
    )


def _document(name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    try:
        values = _json(_content(name))
    except _WrongValue as error:
        raise SettingsError(f"--input: {error}") from None
    if not isinstance(values, dict):
        raise SettingsError("--input: it is no JSON object", hint="it is to be a field by its name")
    return values


def _unknown(name: str, named: Mapping[str, Field]) -> str:
    folded = {known.lower(): field.wire_name for known, field in named.items()}
    near = difflib.get_close_matches(name.lower(), folded, n=1)
    if near:
        return f"there is no such field; did you mean {folded[near[0]]}?"
    return (
        f"there is no such field; there are {', '.join(dict.fromkeys(folded.values())) or 'none'}"
    )


def _open(typed: Sequence[Assignment], files: ExitStack) -> Any:
    (*others, only) = typed
    if others:
        raise _WrongValue("it is given more than once")
    if only.is_json or not only.is_file:
        raise _WrongValue(f"it is a file: write {only.name}=@FILE")
    if only.text == STDIN:
        return sys.stdin.buffer
    try:
        return files.enter_context(Path(only.text).open("rb"))
    except OSError as error:
        raise _WrongValue(f"{only.text} cannot be read: {error.strerror}") from None


def _value(kind: Kind, typed: Sequence[Assignment]) -> Any:
    values = [_of_one(kind, each) for each in typed]
    is_single = len(values) == 1
    if not _takes_list(kind):
        if not is_single:
            raise _WrongValue("it is given more than once")
        return values[0]
    if is_single and (values[0] is None or (isinstance(kind, OneOf) and _fits(values[0], kind))):
        return values[0]
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _of_one(kind: Kind, typed: Assignment) -> Any:
    text = _content(typed.text) if typed.is_file else typed.text
    # A model, and what may be any value, is written as JSON in either form.
    is_json = typed.is_json or models_of(kind) or object in types_of(kind)
    return _json(text) if is_json else text


def _takes_list(kind: Kind) -> bool:
    return isinstance(kind, ListOf) or (
        isinstance(kind, OneOf) and any(map(_takes_list, kind.members))
    )


def _fits(value: Any, kind: OneOf) -> bool:
    """Whether it is good by itself: ``admin`` is a role, ``builds:read`` the only one of a list."""
    for member in kind.members:
        if isinstance(member, Scalar):
            try:
                TypeAdapter(member.type).validate_python(value, context=CLOSED)
            except ValidationError:
                continue
            return True
    return False


def _content(name: str) -> str:
    """The text of a file, without its last line end."""
    try:
        data = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise _WrongValue(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _WrongValue(f"{name} is not UTF-8 text") from None
    return text.removesuffix("\n").removesuffix("\r")


def _json(text: str) -> Any:
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise _WrongValue(f"it is not JSON: {error}") from None
