"""Values of every type that crosses the wire, drawn from the declarations themselves."""

from __future__ import annotations

import re
import types
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from io import BytesIO
from typing import IO, Any, Union, get_args, get_origin

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import AwareDatetime, JsonValue
from pydantic.fields import FieldInfo

from hathora_deploy.api.fields import Limits, limits_of
from hathora_deploy.api.imports import Moment
from hathora_deploy.api.model import Model, OpenEnum
from hathora_deploy.api.operation import Operation
from hathora_deploy.secret import Secret

AWKWARD = (
    "a/b",
    "/",
    "100%",
    "%2F",
    "ä ö",
    "日本",
    "a b",
    " ",
    "?x=1#y",
    "...",
    "+",
    "a;b&c",
    "\n",
)

in_path = st.sampled_from(AWKWARD) | st.text(min_size=1).filter(
    lambda text: text not in (".", "..")
)
zones = st.sampled_from(
    [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=8))]
)
moments = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=zones).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)

json_values: SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@cache
def operations(operation: type[Operation[Any]]) -> SearchStrategy[Operation[Any]]:
    """Calls of an operation: an optional field is given, given as None, or left out."""
    shape, required, optional = operation.shape, {}, {}
    for name, field in operation.model_fields.items():
        if name in shape.in_path.values() and field.annotation is str:
            required[name] = in_path
        elif field.is_required():
            required[name] = values(field, named=name in shape.in_query.values())
        else:
            optional[name] = values(field, named=name in shape.in_query.values())
    return st.fixed_dictionaries(required, optional=optional).map(
        lambda fields: operation(**fields)
    )


ANY_JSON: Any = JsonValue


def values(annotation: Any, *, named: bool = False) -> SearchStrategy[Any]:
    """Values of a type. ``named`` ones stand in a query, where an empty list is no list at all."""
    field = (
        annotation if isinstance(annotation, FieldInfo) else FieldInfo.from_annotation(annotation)
    )
    kind, limits = field.annotation, limits_of(field.metadata)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return st.one_of(*(values(member, named=named) for member in get_args(kind)))
    if origin is list:
        least = max(limits.min_length or 0, 1 if named else 0)
        most = 4 if limits.max_length is None else min(limits.max_length, 4)
        return st.lists(values(get_args(kind)[0]), min_size=least, max_size=most)
    if origin is dict:
        key, value = get_args(kind)
        return st.dictionaries(values(key), values(value), max_size=3)
    if kind in (None, type(None)):
        return st.none()
    if kind is ANY_JSON:
        return json_values
    if origin is IO:
        return st.binary().map(BytesIO)
    if any(each is get_args(Moment)[-1] for each in field.metadata):
        return moments.filter(lambda moment: 1970 < moment.year < 9998)  # in any time zone
    return _scalars(kind, limits)


def _scalars(kind: Any, limits: Limits) -> SearchStrategy[Any]:
    if kind is str:
        return _texts(limits.min_length or 0, limits.max_length, limits.pattern)
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(limits.least, limits.most)
    if kind is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if kind is AwareDatetime:
        return moments
    if kind is Secret:
        return st.text().map(Secret)
    if issubclass(kind, OpenEnum):
        return st.sampled_from(list(kind))
    if issubclass(kind, Model):
        return _models(kind)
    raise AssertionError(f"no values are known of {kind}")


@cache  # to make a strategy takes longer than to draw from it
def _models(model: type[Model]) -> SearchStrategy[Model]:
    fields = {name: values(field) for name, field in model.model_fields.items()}
    return st.fixed_dictionaries(fields).map(lambda drawn: model(**drawn))


def _texts(
    min_length: int = 0, max_length: int | None = None, pattern: str | None = None
) -> SearchStrategy[str]:
    if pattern is None:
        return st.text(min_size=min_length, max_size=max_length)
    whole = st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
    return whole.filter(lambda text: min_length <= len(text) <= (max_length or len(text)))
