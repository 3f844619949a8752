"""The two homes of state, for the tests that hold both to the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from hathora_deploy.cloud.state.store import Store
from hathora_deploy.secret import Secret
from tests.postgresql import Server

HOMES: Final = ("sqlite", "postgresql")


@pytest.fixture(scope="module")
def home(request: pytest.FixtureRequest) -> str:
    """Where state is; a test that is parametrized with HOMES runs on each."""
    return str(getattr(request, "param", HOMES[0]))


@pytest.fixture(scope="module")
def database(home: str, request: pytest.FixtureRequest) -> Secret | None:
    """The URL of an empty database; None is a file."""
    if home == "sqlite":
        return None
    server: Server = request.getfixturevalue("postgresql_server")
    return server.new_database()


@pytest.fixture(params=HOMES)
def url(request: pytest.FixtureRequest) -> Secret | None:
    """The URL of an empty database, in each home; None is a file."""
    if request.param == "sqlite":
        return None
    server: Server = request.getfixturevalue("postgresql_server")
    return server.new_database()


@pytest.fixture
def store(url: Secret | None, tmp_path: Path) -> Iterator[Store]:
    """An empty one, in each home."""
    store = Store.open(url, file=tmp_path / "db")
    yield store
    store.close()
