"""A client takes every answer that the contract allows, and those of a contract that has grown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from hathora_deploy.api.catalog import ALL
from hathora_deploy.api.fields import Kind, ListOf, Scalar, fields_of, kind_of
from hathora_deploy.api.model import Model, OpenEnum
from hathora_deploy.api.wire import decode_result, encode_result
from tests.api.strategies import json_values, values

thorough = settings(max_examples=8, suppress_health_check=list(HealthCheck), deadline=None)
answering = [
    name
    for name, declared in ALL.items()
    if not declared.shape.is_stream and declared.shape.result not in (None, type(None))
]

NEW_NAMES = st.sampled_from(
    # Some are names of what models can do.
    ["new", "new_field", "newField", "ünew", "copy", "json", "shape", "model_dump", "modelFields"]
)
NEW_FIELDS = st.dictionaries(NEW_NAMES, json_values, max_size=2)
NEW_MEMBERS = st.sampled_from(["unheard-of", "", "ü", "None"])


@st.composite
def grown(draw: st.DrawFn, kind: Kind, data: Any) -> Any:
    """JSON of a kind with fields and names that the contract does not list yet."""
    if data is None:
        return data
    match kind:
        case ListOf(item=item):
            return [draw(grown(item, each)) for each in data]
        case Scalar(type=enum) if issubclass(enum, OpenEnum):
            return draw(NEW_MEMBERS) if draw(st.booleans()) else data
        case Scalar(type=model) if issubclass(model, Model):
            kinds = {field.wire_name: field.kind for field in fields_of(model)}
            known = {
                name: draw(grown(kinds[name], value)) if name in kinds else value
                for name, value in data.items()
            }
            return draw(NEW_FIELDS) | known
    return data


@pytest.mark.parametrize("name", answering)
@thorough
@given(data=st.data())
def test_what_a_client_does_not_know_is_kept(name: str, data: st.DataObject) -> None:
    operation = ALL[name]
    shape = operation.shape
    known = json.loads(encode_result(shape, data.draw(values(shape.result))))
    answer = data.draw(grown(kind_of(shape.result), known))

    result = decode_result(operation.model_construct(), json.dumps(answer).encode())

    assert json.loads(encode_result(shape, result)) == answer
