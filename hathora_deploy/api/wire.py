"""Operations to HTTP messages and back. ``decode(encode(operation)) == operation``."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Final, TypeVar
from urllib.parse import quote, unquote

from pydantic import ValidationError
from pydantic_core import from_json, to_jsonable_python

from hathora_deploy.api.errors import RequestValidationError, ResponseValidationError
from hathora_deploy.api.model import CLOSED
from hathora_deploy.api.operation import Operation, Shape
from hathora_deploy.api.redaction import redacted

ResultT = TypeVar("ResultT")
OperationT = TypeVar("OperationT", bound=Operation[Any])

_LONGEST_TEXT: Final = 10_000


@dataclass(frozen=True)
class WireRequest:
    """An operation as HTTP sees it; ``path`` is percent-encoded, ``body`` is JSON.

    ``files`` travel as multipart/form-data, by their names, and then there is no body.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: bytes | None
    files: Mapping[str, IO[bytes]] = field(default_factory=dict)


def encode(operation: Operation[Any]) -> WireRequest:
    """Raises RequestValidationError when a value of the path is missing or cannot stand in one."""
    shape = operation.shape
    path = shape.path
    for name, named in shape.in_path.items():
        path = path.replace(f"{{{name}}}", _encode_segment(shape, named, getattr(operation, named)))
    data = operation.model_dump(mode="json", exclude={*shape.in_form.values()})
    query = tuple(
        (name, text) for name in sorted(shape.in_query) for text in _encode_values(data.get(name))
    )
    body = None
    if shape.in_body:
        fields = {name: data[name] for name in shape.in_body if name in data}
        body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    files = {name: getattr(operation, named) for name, named in shape.in_form.items()}
    present = {name: file for name, file in files.items() if file is not None}
    return WireRequest(shape.method, path, query, body, present)


def decode(
    operation: type[OperationT],
    *,
    path: Mapping[str, str],
    query: Iterable[tuple[str, str]],
    body: bytes | None,
    files: Mapping[str, IO[bytes]] | None = None,
) -> OperationT:
    """The operation of a request; ``path`` holds percent-encoded segments by name.

    Raises RequestValidationError, with the place and the problem of each wrong value.
    """
    shape = operation.shape
    data: dict[str, Any] = {}
    if shape.in_body:
        data.update(_decode_body(shape, body))
    for name, text in query:
        if name in shape.repeated:
            data.setdefault(name, []).append(text)
        elif name in shape.in_query:
            data[name] = text
    data.update({name: unquote(path[name]) for name in shape.in_path})
    data.update({name: file for name, file in (files or {}).items() if name in shape.in_form})
    try:
        return operation.model_validate(data, context=CLOSED)
    except ValidationError as error:
        raise RequestValidationError(
            "the request does not fit the operation", problems(error)
        ) from None


def encode_result(shape: Shape, result: Any) -> bytes:
    """The JSON of an answer."""
    return shape.result_adapter.dump_json(result)


def decode_result(operation: Operation[ResultT], body: bytes) -> ResultT:
    """The value of an answer. Raises ResponseValidationError when it does not fit."""
    shape = operation.shape
    if shape.result is type(None) or shape.result is None:
        return None  # type: ignore[return-value]  # ResultT is None here
    try:
        result: ResultT = shape.result_adapter.validate_json(body)
        return result
    except ValidationError as error:
        refused = ResponseValidationError(
            f"the answer to {type(operation).__name__} does not fit the contract",
            problems(error),
            raw_value=_shown(shape.result, body),
        )
    # Not in the except block: pydantic's error holds what it refused, which may be a secret.
    raise refused


def problems(error: ValidationError) -> tuple[tuple[str, str], ...]:
    """(JSON path, what is wrong) of each problem; never the value, which may be a secret."""
    return tuple(
        (
            # pydantic also names the members of a union that it tried: list[Scope]
            ".".join(str(step) for step in problem["loc"] if "[" not in str(step)) or "body",
            problem["msg"].removeprefix("Value error, "),
        )
        for problem in error.errors(include_url=False, include_input=False)
    )


def _shown(annotation: Any, body: bytes) -> Any:
    """What may be shown of a body that does not fit its type; a text that is no JSON is cut short."""
    try:
        data = from_json(body)
    except ValueError:
        data = body[:_LONGEST_TEXT].decode("utf-8", "replace")
    return redacted(annotation, data)


def _encode_segment(shape: Shape, named: str, value: Any) -> str:
    text = str(value)
    if text in ("", ".", ".."):
        name = shape.operation.__name__
        what = "is missing" if not text else f"cannot be {text!r}: it stands in the path"
        error = RequestValidationError(f"{name}: {named} {what}")
        if not text and named == "app_id":
            error.hint = "pass app_id= to the call or to HathoraCloud(app_id=…)"
        raise error
    return quote(text, safe="")


def _encode_values(value: Any) -> Iterable[str]:
    if value is None:
        return
    if isinstance(value, list):
        for item in value:
            yield from _encode_values(item)
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, float) and value.is_integer():
        yield str(int(value))
    else:
        yield str(to_jsonable_python(value))


def _decode_body(shape: Shape, body: bytes | None) -> dict[str, Any]:
    try:
        # Stricter than json: no NaN, and no half of a surrogate pair, which no answer could repeat.
        data = from_json((body or b"{}").removeprefix(BOM_UTF8), allow_inf_nan=False)
    except ValueError:
        raise RequestValidationError("the request's body is not JSON") from None
    if not isinstance(data, dict):
        raise RequestValidationError("the request's body is not a JSON object")
    return {name: data[name] for name in shape.in_body if name in data}
