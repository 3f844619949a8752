"""Every operation is declared once, can be told from every other, and can be called."""

from __future__ import annotations

import itertools
import re

from hathora_deploy.api.catalog import ALL, DEPRECATED, EXTENSIONS, OPERATIONS
from hathora_deploy.api.operation import Auth
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.call import call, player_call, stream_call
from hathora_deploy.client.resource import Resource

Method = call | player_call | stream_call  # type: ignore[type-arg]  # of any operation


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def methods() -> dict[str, Method]:
    cloud = HathoraCloud()
    groups = [getattr(cloud, name) for name in dir(cloud) if re.fullmatch(r"[a-z]+_v\d", name)]
    assert all(isinstance(group, Resource) for group in groups)
    found = [
        (name, method)
        for group in groups
        for name, method in vars(type(group)).items()
        if isinstance(method, Method)
    ]
    assert len(dict(found)) == len(found), "two methods have one name"
    return dict(found)


def test_the_catalog_holds_all_71_operations() -> None:
    assert len(OPERATIONS.keys() - EXTENSIONS.keys()) == 71


def test_the_catalog_holds_all_65_operations_that_are_deprecated() -> None:
    assert len(DEPRECATED) == 65
    assert len(ALL.keys() - EXTENSIONS.keys()) == 71 + 65


def test_a_deprecated_operation_names_the_current_one_to_call_instead() -> None:
    for operation in DEPRECATED.values():
        successor = operation.shape.successor
        assert successor is not None, operation
        assert OPERATIONS[successor.__name__] is successor


def test_a_current_operation_has_no_successor() -> None:
    assert [op for op in OPERATIONS.values() if op.shape.successor is not None] == []


def test_no_two_operations_share_a_method_and_a_path() -> None:
    addresses = {(op.shape.method, op.shape.path) for op in ALL.values()}

    assert len(addresses) == len(ALL)


def test_what_makes_something_new_is_not_sent_twice_unasked() -> None:
    for name, operation in ALL.items():
        if name.startswith(("Create", "Run", "Send")):
            assert not operation.shape.is_repeatable, name


def test_of_two_paths_that_fit_one_request_the_static_step_decides() -> None:
    for one, other in itertools.combinations((op.shape for op in ALL.values()), 2):
        left, right = one.path.split("/"), other.path.split("/")
        both_fit = one.method == other.method and len(left) == len(right)
        both_fit &= all(a == b or "{" in a + b for a, b in zip(left, right, strict=False))
        if both_fit:
            assert ["{" in step for step in left] != ["{" in step for step in right], one.path


def test_every_field_named_in_a_path_is_declared() -> None:
    for operation in ALL.values():
        assert set(operation.shape.in_path) == set(re.findall(r"{(\w+)}", operation.shape.path))


def test_every_operation_is_a_method_of_the_client_and_every_method_an_operation() -> None:
    expected = {snake_case(name): operation for name, operation in ALL.items()}

    assert {name: method._operation for name, method in methods().items()} == expected


def test_each_method_sends_its_operation_the_way_it_has_to_travel() -> None:
    for name, method in methods().items():
        shape = next(op for op in ALL.values() if snake_case(op.__name__) == name).shape
        assert isinstance(method, stream_call) == shape.is_stream, name
        assert isinstance(method, player_call) == (shape.auth is Auth.PLAYER), name


def test_every_operation_says_what_it_does() -> None:
    assert [name for name, operation in ALL.items() if not operation.__doc__] == []
