"""State is kept, is written in turns, and is refused with a reason, in a file and in PostgreSQL."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from hathora_deploy.api.errors import InternalServerError, UnprocessableEntity
from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.state import orgs
from hathora_deploy.cloud.state.orgs import OrgRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.state.tables import alembic_version, orgs as table
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import eventually
from tests.postgresql import PASSWORD, Server


def org(name: str) -> OrgRecord:
    return OrgRecord(org_id=name, name=name, created_at=datetime(2026, 1, 2, tzinfo=UTC))


def count(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def add_orgs(store: Store, prefix: str) -> None:
    """Twenty, and each name says whether there was one before: a read that turns into a write."""
    for number in range(20):
        with store.write() as connection:
            found = orgs.oldest_org(connection)
            orgs.add_org(connection, org(f"{prefix}-{number}-{found is None}"))


def test_what_is_written_is_there_when_the_database_is_opened_again(
    store: Store, url: Secret | None, tmp_path: Path
) -> None:
    with store.write() as connection:
        orgs.add_org(connection, org("one"))
    store.close()

    again = Store.open(url, file=tmp_path / "db")
    with again.read() as connection:
        assert orgs.get_org(connection, "one") == org("one")
    again.close()


def test_an_exception_takes_the_whole_transaction_back(store: Store) -> None:
    def write_and_fail() -> None:
        with store.write() as connection:
            orgs.add_org(connection, org("one"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()

    assert count(store) == 0


def test_writers_of_many_threads_and_clouds_take_turns(
    store: Store, url: Secret | None, tmp_path: Path
) -> None:
    other = Store.open(url, file=tmp_path / "db")
    threads = [
        threading.Thread(target=add_orgs, args=(each, f"{number}-{id(each)}"))
        for number in range(4)
        for each in (store, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.read() as connection:
        names = connection.execute(select(table.c.name)).scalars().all()
    assert len(names) == 160
    assert [name.endswith("True") for name in names].count(True) == 1
    other.close()


def test_who_reads_sees_one_moment_and_waits_for_no_writer(store: Store) -> None:
    with store.read() as reader:
        assert orgs.oldest_org(reader) is None
        with store.write() as writer:
            orgs.add_org(writer, org("one"))
            assert orgs.oldest_org(reader) is None

        assert orgs.oldest_org(reader) is None
    assert count(store) == 1


def test_two_programs_that_make_a_database_at_once_make_it_once(
    url: Secret | None, tmp_path: Path
) -> None:
    opened: list[Store] = []
    threads = [
        threading.Thread(target=lambda: opened.append(Store.open(url, file=tmp_path / "db")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    try:
        assert [count(store) for store in opened] == [0, 0, 0, 0]
    finally:
        for store in opened:
            store.close()


def test_the_data_of_a_newer_program_is_refused(
    store: Store, url: Secret | None, tmp_path: Path
) -> None:
    with store.write() as connection:
        connection.execute(update(alembic_version).values(version_num="99"))

    with pytest.raises(CloudStartError, match="schema version 99"):
        Store.open(url, file=tmp_path / "db")


def test_the_database_is_for_its_owner_only(tmp_path: Path) -> None:
    Store.open_sqlite(tmp_path / "db").close()

    assert (tmp_path / "db").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_no_database_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"not a database, but long enough to look at" * 100)

    with pytest.raises(CloudStartError, match="db cannot be used"):
        Store.open_sqlite(tmp_path / "db")


def test_a_server_that_refuses_says_why_and_no_password_is_shown(
    postgresql_server: Server, tmp_path: Path
) -> None:
    reasons = {
        postgresql_server.url("cloud_absent"): 'database "cloud_absent" does not exist',
        postgresql_server.url("postgres", "wr0ng p/w"): "password authentication failed",
        Secret("postgresql://u:wr0ng@127.0.0.1:1/x"): "Connection refused",
        Secret("postgresql://u:wr0ng@nowhere.invalid/x"): "nowhere.invalid",
    }

    for url, reason in reasons.items():
        with pytest.raises(CloudStartError, match=reason) as caught:
            Store.open(url, file=tmp_path / "db")

        said = f"{caught.value.message} {caught.value.hint}"
        assert "createdb" in said
        assert not any(secret in said for secret in (PASSWORD, "wr0ng", url.reveal()))
        assert caught.value.__cause__ is None
    assert not (tmp_path / "db").exists()


@pytest.mark.parametrize(
    "text",
    ["wr0ng", "mysql://u:wr0ng@h/d", "postgresql://u:wr0ng@h", "postgresql://u:wr0ng@h:port/d"],
)
def test_what_is_no_url_of_postgresql_is_not_repeated(text: str, tmp_path: Path) -> None:
    with pytest.raises(CloudStartError, match="the URL of the database") as caught:
        Store.open(Secret(text), file=tmp_path / "db")

    assert "wr0ng" not in f"{caught.value.message} {caught.value.hint}"


def test_without_the_driver_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)

    with pytest.raises(CloudStartError, match="psycopg") as caught:
        Store.open(Secret("postgresql://u:p@127.0.0.1/d"), file=tmp_path / "db")

    assert caught.value.hint == "pip install 'hathora-deploy[postgresql]'"


def test_a_value_that_postgresql_does_not_keep_is_the_callers_mistake(
    postgresql_server: Server, tmp_path: Path
) -> None:
    store = Store.open(postgresql_server.new_database(), file=tmp_path / "db")

    with pytest.raises(UnprocessableEntity), store.write() as connection:
        orgs.add_org(connection, org("zero\0byte"))

    store.close()


def test_a_server_that_goes_is_an_error_at_the_call_and_found_again_when_it_is_back(
    postgresql_server: Server, tmp_path: Path
) -> None:
    store = Store.open(postgresql_server.new_database(), file=tmp_path / "db")
    with store.write() as connection:
        orgs.add_org(connection, org("kept"))

    def write_while_it_goes() -> None:
        with store.write() as connection:
            orgs.add_org(connection, org("lost"))
            postgresql_server.stop()

    with pytest.raises(InternalServerError, match="its database does not answer") as caught:
        write_while_it_goes()
    assert PASSWORD not in str(caught.value)
    with pytest.raises(InternalServerError, match="could not read this"):
        count(store)

    postgresql_server.start()
    assert eventually(lambda: count(store), bool) == 1
    store.close()
