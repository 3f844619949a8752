"""Times that several clouds compare are those of their database, not of their machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hathora_deploy.cloud.state import clock
from hathora_deploy.cloud.state.store import Store
from tests.postgresql import Server


def test_a_machine_whose_clock_is_wrong_has_the_time_of_the_database_all_the_same(
    postgresql_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, _: object = None) -> datetime:
            return datetime.now(UTC) + timedelta(days=1)

    monkeypatch.setattr(clock, "datetime", Ahead)
    store = Store.open(postgresql_server.new_database(), file=tmp_path / "none")
    with store.read() as connection:
        seen = [clock.now(connection) for _ in range(2)]
    store.close()

    assert seen[0] < seen[1] < datetime.now(UTC) + timedelta(hours=1)
