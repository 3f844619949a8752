"""What is shown of a message holds none of its secrets, and all of the rest."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from hathora_deploy.api.auth import LoginGoogle, PlayerTokenObject
from hathora_deploy.api.builds import BuildPart
from hathora_deploy.api.catalog import ALL
from hathora_deploy.api.deployments import EnvironmentVariable
from hathora_deploy.api.model import Model
from hathora_deploy.api.redaction import redacted, secrets_in, without_secrets
from hathora_deploy.api.wire import encode, encode_result
from hathora_deploy.secret import Secret
from tests.api.strategies import operations, values

MARK = "hidden-secret"
thorough = settings(max_examples=8, suppress_health_check=list(HealthCheck), deadline=None)


def marked(value: Any) -> Any:
    """The value with a secret that can be found again in place of every secret."""
    if isinstance(value, Secret):
        return Secret(MARK)
    if isinstance(value, list):
        return [marked(item) for item in value]
    if isinstance(value, Model):
        fields = {name: marked(getattr(value, name)) for name in value.model_fields_set}
        return value.model_copy(update=fields)
    return value


def expected(data: Any) -> Any:
    return json.loads(json.dumps(data).replace(MARK, "[REDACTED]"))


answering_secrets = [
    name
    for name, operation in ALL.items()
    # What holds a secret is shown in no other shape than its own.
    if not operation.shape.is_stream and redacted(operation.shape.result, 0) != 0
]


def test_the_operations_that_answer_secrets_are_known() -> None:
    assert {"CreateBuild", "CreateOrgToken", "GetApp", "GetDeployment"} <= {*answering_secrets}
    assert not {"GetBuild", "GetRoomInfo"} & {*answering_secrets}


@pytest.mark.parametrize("name", ALL)
@thorough
@given(data=st.data())
def test_nothing_secret_of_a_call_is_shown(name: str, data: st.DataObject) -> None:
    operation = marked(data.draw(operations(ALL[name])))
    if "app_id" in operation.shape.in_path.values() and not operation.app_id:
        operation = operation.model_copy(update={"app_id": "app-1"})
    body = json.loads(encode(operation).body or b"{}")

    assert redacted(type(operation), body) == expected(body)
    assert (MARK in json.dumps(body)) == (Secret(MARK) in set(secrets_in(operation)))


@pytest.mark.parametrize("name", answering_secrets)
@thorough
@given(data=st.data())
def test_nothing_secret_of_an_answer_is_shown(name: str, data: st.DataObject) -> None:
    shape = ALL[name].shape
    answer = json.loads(encode_result(shape, marked(data.draw(values(shape.result)))))

    assert redacted(shape.result, answer) == expected(answer)


@pytest.mark.parametrize(
    "data", [["x"], "x", 5, {"token": {"x": "y"}}, {"token": ["x"]}, {"token": 5}, [["x"]]]
)
def test_where_the_shape_is_another_nothing_that_may_be_secret_is_shown(data: Any) -> None:
    shown = redacted(PlayerTokenObject, data)

    assert shown == "[REDACTED]" or shown == {"token": "[REDACTED]"}
    assert redacted(list[BuildPart], data) == (
        "[REDACTED]" if not isinstance(data, list) else ["[REDACTED]"]
    )


def test_a_field_is_known_by_either_of_its_names() -> None:
    assert redacted(LoginGoogle, {"id_token": "a", "appId": "b"}) == {
        "id_token": "[REDACTED]",
        "appId": "b",
    }
    assert redacted(LoginGoogle, {"idToken": "a"}) == {"idToken": "[REDACTED]"}
    assert redacted(LoginGoogle, {"idToken": None}) == {"idToken": None}


def test_a_secret_is_found_at_any_depth() -> None:
    variables = [EnvironmentVariable(name="K", value=Secret("v")), Secret("w")]

    assert [*secrets_in({"not": "looked at"}), *secrets_in(variables)] == [Secret("v"), Secret("w")]


def test_a_model_with_a_secret_is_copied_and_not_pickled() -> None:
    variable = EnvironmentVariable(name="K", value=Secret("v"))
    assert variable.model_copy(deep=True) == variable
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(variable)


def test_texts_lose_their_secrets_wherever_they_stand() -> None:
    secrets = [Secret("long-secret"), Secret("long-secret-longer"), Secret("x")]
    data = {"long-secret": ["a long-secret-longer x", {"k": 5, "n": None}]}

    assert without_secrets(data, secrets) == {"[REDACTED]": ["a [REDACTED] x", {"k": 5, "n": None}]}
    assert without_secrets("as it is", []) == "as it is"
