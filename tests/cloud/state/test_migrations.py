"""A database that an earlier program has written is brought up to date, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, select, text

from hathora_deploy.cloud.state import migrations
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.state.tables import build_numbers, metadata, org_tokens

FIRST_VERSION = Path(__file__).with_name("first_version.sql")
"""What the program wrote before there were migrations: an org, its token, an app and two builds."""

ROOM_IN_A_PROCESS = (
    "INSERT INTO deployments VALUES "
    "(1, 'd', 'app-1', 'k1', 'bld-1', 'one', NULL, NULL, 1, 512, NULL, 1, 0, 7777, 'udp', '[]', '[]', 0, 'me')",
    "INSERT INTO processes VALUES "
    "('p', 'app-1', 'd', 'Tokyo', 'running', NULL, NULL, '[]', '[]', NULL, 0, 0, 0, 0, NULL, NULL)",
    "INSERT INTO rooms VALUES ('r', 'app-1', 'd', 'Tokyo', 'lava', 'active', 0)",
    "INSERT INTO room_allocations VALUES (7, 'a', 'r', 'p', 0, NULL)",
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "db"
    with sqlite3.connect(path) as connection:
        connection.executescript(FIRST_VERSION.read_text())
    connection.close()
    return path


@pytest.fixture
def engine(old: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{old}")
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_every_migration_is_listed_in_order() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))

    found = [revision.revision for revision in script.walk_revisions()]

    assert tuple(reversed(found)) == migrations.REVISIONS


def test_the_first_version_is_brought_up_to_date_when_it_is_opened_and_keeps_what_it_holds(
    old: Path, engine: Engine
) -> None:
    Store.open_sqlite(old).close()

    with engine.begin() as connection:
        assert migrations.current(connection) == migrations.HEAD
        (token,) = connection.execute(select(org_tokens)).mappings()
        assert token["created_at"] == datetime(2026, 11, 1, tzinfo=UTC)
        assert token["scopes"] is None
        numbers = connection.execute(select(build_numbers.c.number, build_numbers.c.build_key))
        assert [tuple(row) for row in numbers] == [(1, "k1"), (2, "k0")]


def test_a_migrated_database_is_as_one_that_was_made_new(old: Path, engine: Engine) -> None:
    Store.open_sqlite(old).close()

    with engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_rooms_and_the_processes_they_were_in_survive_both_ways(old: Path, engine: Engine) -> None:
    with engine.begin() as connection:
        for statement in ROOM_IN_A_PROCESS:
            connection.exec_driver_sql(statement)
    Store.open_sqlite(old).close()
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO rooms (room_id, app_id, region, config, status, created_at)"
                " VALUES ('local', 'app-1', 'Tokyo', '', 'scheduling', 0)"
            )
        )

    with engine.begin() as connection:
        migrations.migrate(connection, "0001")
    Store.open_sqlite(old).close()

    with engine.begin() as connection:
        found = connection.execute(
            text("SELECT * FROM rooms JOIN room_allocations USING (room_id)")
        ).one()
        assert found.room_id == "r"
        assert (found.deployment_id, found.config, found.process_id) == ("d", "lava", "p")
        assert connection.execute(text("SELECT count(*) FROM rooms")).scalar_one() == 1
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_empty_database_can_be_migrated_through_every_version_and_back(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'empty'}")
    seen = []
    for target in (*migrations.REVISIONS, *reversed(migrations.REVISIONS), "base"):
        with engine.begin() as connection:
            migrations.migrate(connection, target)
        seen.append(tables(engine))

    assert seen[0] == seen[-2]
    assert seen[-1] == {"alembic_version"}
    engine.dispose()


def test_a_database_that_was_brought_back_opens_in_the_first_program(
    old: Path, engine: Engine
) -> None:
    before = tables(engine)
    Store.open_sqlite(old).close()

    with engine.begin() as connection:
        migrations.migrate(connection, "0001")

    assert tables(engine) == before | {"alembic_version"}
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version FROM schema_version")).scalar_one() == 1


def test_a_migration_that_fails_leaves_everything_as_it_was(old: Path, engine: Engine) -> None:
    before = tables(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE lobbies (in_the_way INTEGER)"))

    with pytest.raises(Exception, match="lobbies"):
        Store.open_sqlite(old)

    assert tables(engine) == before | {"lobbies"}
