from __future__ import annotations

from collections import Counter

import pytest

from hathora_deploy.api.catalog import ALL as EVERY_OPERATION
from hathora_deploy.api.operation import Auth
from hathora_deploy.api.orgs import UserRole
from hathora_deploy.api.tokens import Scope
from hathora_deploy.cloud import permissions
from hathora_deploy.cloud.permissions import (
    NO_SCOPE,
    OPERATIONS_OF,
    SCOPES_OF_ROLE,
    needed_scope,
    scopes_of,
)

PROTECTED = {
    name: operation.shape
    for name, operation in EVERY_OPERATION.items()
    if operation.shape.auth is Auth.ORGANIZATION
}


@pytest.mark.parametrize("name", sorted(PROTECTED))
def test_every_operation_of_an_organization_says_what_it_needs(name: str) -> None:
    scope = needed_scope(PROTECTED[name])

    assert scope in set(Scope) or PROTECTED[name].operation in NO_SCOPE


def test_no_operation_stands_in_the_table_twice() -> None:
    counts = Counter([*NO_SCOPE, *(op for held in OPERATIONS_OF.values() for op in held)])

    assert [operation for operation, count in counts.items() if count > 1] == []
    assert {operation.shape.auth for operation in counts} == {Auth.ORGANIZATION}


def test_what_only_reads_needs_to_read_and_what_changes_something_to_write() -> None:
    for name, shape in PROTECTED.items():
        scope = needed_scope(shape)
        if scope is None or scope is Scope.BILLING_READ_WRITE:  # bills have no scope to read
            continue
        assert scope.endswith(":read") == (shape.method == "GET"), name


def test_a_deprecated_operation_needs_what_its_successor_needs() -> None:
    for name, shape in PROTECTED.items():
        if shape.successor is not None and shape.successor.shape.auth is Auth.ORGANIZATION:
            assert needed_scope(shape) == needed_scope(shape.successor.shape), name


def test_a_role_has_all_that_the_one_below_has() -> None:
    viewer, member, admin = (
        SCOPES_OF_ROLE[role] for role in (UserRole.VIEWER, UserRole.MEMBER, UserRole.ADMIN)
    )

    assert viewer < member < admin == set(Scope)


def test_a_scope_to_write_includes_the_one_to_read() -> None:
    for scope in Scope:
        held = scopes_of([scope])
        assert scope in held
        assert held <= {scope, scope.removesuffix("-write")}
    assert scopes_of(["builds:read-write"]) == {Scope.BUILDS_READ, Scope.BUILDS_READ_WRITE}


@pytest.mark.parametrize("granted", [[], "owner", ["builds:write", "admin", "", "*"]])
def test_names_that_mean_nothing_grant_nothing(granted: str | list[str]) -> None:
    assert scopes_of(granted) == frozenset()


@pytest.mark.parametrize("granted", [None, "admin", list(Scope)])
def test_everything_is_everything_however_it_is_written(granted: str | list[str] | None) -> None:
    assert permissions.is_admin(granted)
    assert permissions.listed(scopes_of(granted)) == list(Scope)
    assert not permissions.is_admin(list(Scope)[1:])
