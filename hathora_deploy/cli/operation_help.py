"""What ``hathora-deploy api NAME --help`` says of an operation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import IO, Any, Final

import click

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
    limits_in_words,
    models_of,
    place_of,
)
from hathora_deploy.api.model import Model, OpenEnum
from hathora_deploy.api.operation import ByteStream, Operation
from hathora_deploy.cli.operations import summary
from hathora_deploy.client.names import method_names
from hathora_deploy.secret import Secret

_WORDS: Final[dict[type[Any], str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    datetime: "moment, like 2026-01-02T03:04:05Z",
    Secret: "secret text",
    IO: "file",
    object: "any JSON",
}
_DEFAULTS: Final = {"app_id": "the app of --app-id", "org_id": "the organization of --org-id"}


def write(operation: type[Operation[Any]], formatter: click.HelpFormatter) -> None:
    """Its method and path, its fields with all that they may be, and what it answers."""
    shape, name = operation.shape, operation.__name__
    formatter.write_usage("hathora-deploy api", f"{name} [-f NAME=VALUE]... [OPTIONS]")
    formatter.write_paragraph()
    facts = [
        summary(operation),
        f"{shape.method} {shape.path}, called by {shape.auth.value}.",
        f"{method_names()[operation].in_sdk} in the TypeScript SDK.",
    ]
    if shape.successor is not None:
        facts.append(f"Deprecated: call {shape.successor.__name__} instead.")
    with formatter.indentation():
        for fact in facts:
            formatter.write_text(fact)
    fields = fields_of(operation)
    if fields:
        with formatter.section("Fields"):
            formatter.write_dl([(each.wire_name, _of_field(operation, each)) for each in fields])
    for found in _inner(each.kind for each in fields):
        with formatter.section(found.__name__):
            if issubclass(found, OpenEnum):
                formatter.write_text(", ".join(found))
            else:
                rows = [(each.wire_name, _facts(each)) for each in fields_of(found)]
                formatter.write_dl(rows or [("{}", summary_of(found))])
    with formatter.section("Answers"):
        formatter.write_dl(
            [
                (str(shape.status), _result(shape.result)),
                *((str(status), _refusal(status)) for status in shape.errors),
            ]
        )


def summary_of(model: type[Any]) -> str:
    """What a model is, on one line."""
    return " ".join((model.__doc__ or "").split())


def in_words(kind: Kind) -> str:
    """``list of Region``."""
    match kind:
        case Scalar(type=found):
            return _WORDS.get(found, found.__name__)
        case ListOf(item=item):
            return f"list of {in_words(item)}"
        case MapOf(value=value):
            return f"map of {in_words(value)}"
        case OneOf(members=members):
            return " or ".join(map(in_words, members))


def _of_field(operation: type[Operation[Any]], field: Field) -> str:
    default = _DEFAULTS.get(field.name)
    facts = _facts(field, default)
    return f"{facts} ({place_of(operation, field).value})"


def _facts(field: Field, default: str | None = None) -> str:
    default = default or (str(field.default) if field.default not in (None, "") else None)
    words = [
        in_words(field.kind),
        limits_in_words(field.kind),
        f"if left out {default}" if default else None,
        "required" if field.is_required and not default else None,
    ]
    return ", ".join(word for word in words if word)


def _inner(kinds: Iterable[Kind]) -> list[type[Model] | type[OpenEnum]]:
    """The models and enumerations that are to be explained, each once."""
    found: dict[type[Model] | type[OpenEnum], None] = {}
    for kind in kinds:
        found.update(dict.fromkeys(enums_of(kind)))
        for model in models_of(kind):
            found[model] = None
            found.update(dict.fromkeys(_inner(each.kind for each in fields_of(model))))
    return list(found)


def _result(result: Any) -> str:
    from hathora_deploy.api.fields import kind_of

    if result is None or result is type(None):
        return "nothing"
    if isinstance(result, type) and issubclass(result, ByteStream):
        return "text as it comes"
    return in_words(kind_of(result))


def _refusal(status: int) -> str:
    kind = type(ApiError.of_status(status, ""))
    return f"{kind.__name__}: {summary_of(kind)}"
