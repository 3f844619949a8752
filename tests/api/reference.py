"""docs/api.md: every operation of the API, from its declaration."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from itertools import groupby
from typing import IO, Any, Final

from hathora_deploy.api.errors import ApiError
from hathora_deploy.api.fields import (
    Field,
    Kind,
    ListOf,
    MapOf,
    OneOf,
    Scalar,
    enums_of,
    fields_of,
    kind_of,
    limits_in_words,
    models_of,
    place_of,
)
from hathora_deploy.api.model import Model, OpenEnum
from hathora_deploy.api.operation import FROM_CLIENT, ByteStream, Operation, TextStream
from hathora_deploy.client.names import MethodName
from hathora_deploy.secret import Secret
from tests.api.examples import APP, example

Declared = type[Operation[Any]]
Type = type[Model] | type[OpenEnum]

HEAD: Final = f"""\
# The API

Every operation, from its declaration; `make docs` writes this page anew. An example is a program when these lines stand
before it:

```python
import os

from hathora_deploy.client import HathoraCloud

cloud = HathoraCloud(
    os.environ["HATHORA_TOKEN"],
    endpoint=os.environ["HATHORA_CLOUD_ENDPOINT"],
    app_id="{APP}",
)
```

`AsyncHathoraCloud` has the same methods, to be awaited. A call of a player has the token of the player first:
`player_token = cloud.auth_v1.login_anonymous().token`. Below each example stands the name in the TypeScript SDK. On
the command line [`hathora-deploy api`](cli.md#any-operation-of-the-api) takes either name, and that of the operation.

- A field that is left out is not sent. `app_id` and `org_id` come from the client where a call leaves them out.
- A field that is *or null* is always there; one that is *optional* may be missing, and is then `None`.
- A name that an enumeration does not list is kept by the client, and refused by the cloud.
- An error status raises the class beside it, a subclass of `hathora_deploy.api.errors.ApiError`. Any call may also raise
  that of a status that is not listed, or a `TransportError` where no answer came.
- *Repeatable* is what may be sent twice and does no more than once.
"""

_PYTHON: Final[Mapping[type[Any], str]] = {
    str: "`str`",
    int: "`int`",
    float: "`float`",
    bool: "`bool`",
    datetime: "`datetime`",
    Secret: "`Secret`",
    IO: "file, open for bytes",
    object: "any JSON value",
}


class Reference:
    """The document about the methods of the client."""

    def __init__(self, names: Mapping[Declared, MethodName]) -> None:
        self._names = names
        self._models = sorted(_reachable(names), key=lambda each: (each.__name__, each.__module__))
        self._shared = {
            name
            for name, count in Counter(each.__name__ for each in self._models).items()
            if count > 1
        }

    def page(self) -> str:
        """The whole document."""
        current = [each for each in self._names if each.shape.successor is None]
        old = [each for each in self._names if each.shape.successor is not None]
        parts = [
            HEAD.rstrip(),
            "## Resources",
            self._contents(current),
            *self._resources(current),
            "## Deprecated",
            "They are kept for old clients. Each warns with a `DeprecationWarning`, and names its successor.",
            self._contents(old),
            *self._resources(old),
            "## Models and enumerations",
            *map(self._declared, self._models),
        ]
        return "\n\n".join(parts) + "\n"

    def _contents(self, operations: Sequence[Declared]) -> str:
        rows = []
        for resource, group in groupby(operations, key=lambda each: self._names[each].sdk_resource):
            links = ", ".join(_link(each.__name__) for each in group)
            rows.append([f"`{resource}`", links])
        return _table(["resource", "operations"], rows)

    def _resources(self, operations: Sequence[Declared]) -> Iterable[str]:
        for resource, group in groupby(operations, key=lambda each: self._names[each].sdk_resource):
            yield f"### {resource}"
            yield from map(self._operation, group)

    def _operation(self, operation: Declared) -> str:
        shape, name = operation.shape, self._names[operation]
        successor = shape.successor
        repeatable = " Repeatable." if shape.is_repeatable else ""
        errors = ", ".join(f"{status} `{_error(status)}`" for status in shape.errors)
        parts = [
            f"#### {operation.__name__}",
            f"**Deprecated:** call {_link(successor.__name__)}." if successor else "",
            _words(operation),
            f"`{shape.method} {shape.path}`, called by {shape.auth.value}.{repeatable}",
            f"```python\n{example(operation, name)}\n```",
            "**Extension:** Hathora's own API and SDKs have no such operation."
            if shape.is_extension
            else f"TypeScript: `{name.in_sdk}`",
            f"`cloud.{name.resource}.{name.iterator}(…)` hands out the items of all pages."
            if name.iterator
            else "",
            self._fields(operation),
            f"Answers {shape.status} with {self._result(shape.result)}."
            + (f" Errors: {errors}." if errors else ""),
        ]
        return "\n\n".join(part for part in parts if part)

    def _fields(self, operation: Declared) -> str:
        rows = [
            [
                f"`{each.wire_name}`",
                f"`{each.name}`",
                place_of(operation, each).value,
                self._type(each.kind),
                _of_call(each),
            ]
            for each in fields_of(operation)
        ]
        return _table(["field", "in Python", "in", "type", ""], rows) if rows else ""

    def _declared(self, declared: Type) -> str:
        parts = [
            f"### {self._title(declared)}",
            _words(declared),
            self._members(declared),
            f"`from {declared.__module__} import {declared.__name__}`",
        ]
        return "\n\n".join(part for part in parts if part)

    def _members(self, declared: Type) -> str:
        if issubclass(declared, OpenEnum):
            return f"One of {', '.join(f'`{member}`' for member in declared)}."
        rows = [
            [f"`{each.wire_name}`", f"`{each.name}`", self._type(each.kind), _of_model(each)]
            for each in fields_of(declared)
        ]
        return _table(["field", "in Python", "type", ""], rows) if rows else ""

    def _type(self, kind: Kind) -> str:
        match kind:
            case Scalar(type=found):
                is_declared = issubclass(found, Model | OpenEnum)
                return _link(self._title(found)) if is_declared else _PYTHON[found]
            case ListOf(item=item):
                return f"list of {self._type(item)}"
            case MapOf(value=value):
                return f"map of {self._type(value)}"
            case OneOf(members=members):
                return " or ".join(map(self._type, members))

    def _result(self, result: Any) -> str:
        if result in (None, type(None)):
            return "nothing"
        if result in (ByteStream, TextStream):
            return "a stream of text, as it comes"
        return self._type(kind_of(result))

    def _title(self, declared: type[Any]) -> str:
        """The name, with the module where an old resource has a model of the same name."""
        module = declared.__module__.rpartition(".")[2]
        return (
            f"{declared.__name__} of {module}"
            if declared.__name__ in self._shared
            else declared.__name__
        )


def anchor(heading: str) -> str:
    """What a heading is linked by."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _of_call(field: Field) -> str:
    if field.default == FROM_CLIENT:
        return "the client's"
    if field.name == "org_id" and not field.is_required:
        return "the client's, else the cloud decides"
    words = ["required" if field.is_required else None, limits_in_words(field.kind)]
    if field.default is not None:
        words.append(f"default {field.default}")
    return _cell(words)


def _of_model(field: Field) -> str:
    words = [
        "or null" if field.is_nullable else None if field.is_required else "optional",
        limits_in_words(field.kind),
    ]
    return _cell(words)


def _cell(words: Iterable[str | None]) -> str:
    return ", ".join(_code_of_pattern(word) for word in words if word)


def _code_of_pattern(word: str) -> str:
    return re.sub(r"(\^\S+)", r"`\1`", word)


def _error(status: int) -> str:
    found = type(ApiError.of_status(status, ""))
    return found.__name__ if found is not ApiError else HTTPStatus(status).phrase


def _link(name: str) -> str:
    return f"[{name}](#{anchor(name)})"


def _words(declared: type[Any]) -> str:
    return " ".join((declared.__doc__ or "").split()).replace("``", "`")


def _reachable(operations: Iterable[Declared]) -> set[Type]:
    found: set[Type] = set()
    waiting = [field.kind for each in operations for field in fields_of(each)]
    for each in operations:
        result = each.shape.result
        if not each.shape.is_stream and result not in (None, type(None)):
            waiting.append(kind_of(result))
    while waiting:
        kind = waiting.pop()
        found.update(enums_of(kind))
        for model in models_of(kind):
            if model not in found:
                found.add(model)
                waiting += [field.kind for field in fields_of(model)]
    return found
