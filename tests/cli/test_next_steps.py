"""Every error ends with what to type next."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import hathora_deploy
from hathora_deploy.api.catalog import ALL
from hathora_deploy.api.errors import ApiError, NotFound, UnprocessableEntity
from hathora_deploy.cli.commands import COMMANDS
from hathora_deploy.cli.errors import hint_of
from hathora_deploy.cli.next_steps import AFTER_ERROR, AFTER_NOT_FOUND, AFTER_OPERATION
from hathora_deploy.errors import HathoraError


def kinds(kind: type[HathoraError] = HathoraError) -> Iterator[type[HathoraError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from kinds(each)


def all_kinds() -> list[type[HathoraError]]:
    for module in pkgutil.walk_packages(hathora_deploy.__path__, "hathora_deploy."):
        if module.name.endswith("errors"):
            importlib.import_module(module.name)
    return sorted(set(kinds()), key=lambda kind: kind.__qualname__)


@pytest.mark.parametrize("kind", all_kinds())
def test_an_error_that_says_no_next_step_gets_that_of_its_kind(kind: type[HathoraError]) -> None:
    error = kind.__new__(kind)
    HathoraError.__init__(error, "something is wrong")
    hint = hint_of(error)
    assert hint
    assert kind is HathoraError or hint != AFTER_ERROR["HathoraError"], "it says nothing"


def test_what_an_error_says_itself_wins() -> None:
    assert hint_of(HathoraError("wrong", hint="mend it")) == "mend it"


def test_what_an_operation_is_about_wins_over_the_kind_of_error() -> None:
    error = ApiError("no such build")
    error.operation = "GetBuild"
    assert hint_of(error) == "hathora-deploy builds"


def test_that_nothing_is_deployed_is_said_only_where_something_was_not_found() -> None:
    error = NotFound("app app-1 has no deployment yet")
    error.operation = "CreateRoom"
    assert hint_of(error) == "hathora-deploy PATH deploys a folder"
    refused = UnprocessableEntity("roomId: final-3 is taken")
    refused.operation = "CreateRoom"
    assert "hathora-deploy PATH" not in hint_of(refused)


def test_next_steps_name_errors_operations_and_commands_that_there_are() -> None:
    assert AFTER_ERROR.keys() <= {kind.__name__ for kind in all_kinds()}
    assert AFTER_OPERATION.keys() | AFTER_NOT_FOUND.keys() <= {*ALL}
    for hint in [*AFTER_ERROR.values(), *AFTER_OPERATION.values(), *AFTER_NOT_FOUND.values()]:
        if "hathora-deploy " in hint:
            word = hint.split("hathora-deploy ")[1].split()[0].strip(",;:")
            assert word in {*COMMANDS, "PATH", "COMMAND", "--help"}, hint
