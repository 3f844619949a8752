from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.state import orgs
from hathora_deploy.cloud.state.orgs import OrgRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.state.tables import alembic_version, orgs as table


def org(name: str) -> OrgRecord:
    return OrgRecord(org_id=name, name=name, created_at=datetime(2026, 1, 2, tzinfo=UTC))


def count(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_what_is_written_is_there_when_the_database_is_opened_again(tmp_path: Path) -> None:
    store = Store.open_sqlite(tmp_path / "db")
    with store.write() as connection:
        orgs.add_org(connection, org("one"))
    store.close()

    again = Store.open_sqlite(tmp_path / "db")
    with again.read() as connection:
        assert orgs.get_org(connection, "one") == org("one")
    again.close()


def test_an_exception_takes_the_whole_transaction_back(tmp_path: Path) -> None:
    store = Store.open_sqlite(tmp_path / "db")

    def write_and_fail() -> None:
        with store.write() as connection:
            orgs.add_org(connection, org("one"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()

    assert count(store) == 0
    store.close()


def test_writers_of_many_threads_take_turns(tmp_path: Path) -> None:
    store = Store.open_sqlite(tmp_path / "db")

    def write(thread: int) -> None:
        for number in range(20):
            with store.write() as connection:
                found = orgs.oldest_org(connection)  # a read that turns into a write
                orgs.add_org(connection, org(f"{thread}-{number}-{found is None}"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert count(store) == 160
    store.close()


def test_the_database_is_for_its_owner_only(tmp_path: Path) -> None:
    Store.open_sqlite(tmp_path / "db").close()

    assert (tmp_path / "db").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_no_database_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"not a database, but long enough to look at" * 100)

    with pytest.raises(CloudStartError, match="db cannot be used"):
        Store.open_sqlite(tmp_path / "db")


def test_the_data_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    store = Store.open_sqlite(tmp_path / "db")
    with store.write() as connection:
        connection.execute(update(alembic_version).values(version_num="99"))
    store.close()

    with pytest.raises(CloudStartError, match="schema version 99"):
        Store.open_sqlite(tmp_path / "db")
