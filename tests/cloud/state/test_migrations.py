"""A database that an earlier program has written is brought up to date, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, select, text

from hathora_deploy.cloud.state import migrations
from hathora_deploy.cloud.state.postgresql import parse_url
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.state.tables import build_numbers, metadata, org_tokens
from hathora_deploy.secret import Secret

FIRST_VERSION = Path(__file__).with_name("first_version.sql")
"""What the program wrote before there were migrations: an org, its token, an app and two builds."""

ROOM_IN_A_PROCESS = (
    "INSERT INTO deployments VALUES "
    "(1, 'd', 'app-1', 'k1', 'bld-1', 'one', NULL, NULL, 1, 512, NULL, 1, FALSE, 7777, 'udp', '[]', '[]', 0, 'me')",
    "INSERT INTO processes VALUES "
    "('p', 'app-1', 'd', 'Tokyo', 'running', NULL, NULL, '[]', '[]', NULL, 0, 0, 0, 0, NULL, NULL)",
    "INSERT INTO rooms VALUES ('r', 'app-1', 'd', 'Tokyo', 'lava', 'active', 0)",
    "INSERT INTO room_allocations VALUES (7, 'a', 'r', 'p', 0, NULL)",
)


@dataclass(frozen=True)
class Old:
    """A database of the first version."""

    url: Secret | None
    file: Path

    def bring_up_to_date(self) -> None:
        Store.open(self.url, file=self.file).close()


@pytest.fixture
def engine(url: Secret | None, tmp_path: Path) -> Iterator[Engine]:
    """Of an empty database, in each home."""
    engine = create_engine(parse_url(url) if url else f"sqlite:///{tmp_path / 'db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def old(engine: Engine, url: Secret | None, tmp_path: Path) -> Old:
    script = FIRST_VERSION.read_text()
    if url is None:
        with sqlite3.connect(tmp_path / "db") as connection:
            connection.executescript(script)
        connection.close()
    else:
        # No program of the first version knew PostgreSQL: the same tables and rows.
        rows = [line for line in script.splitlines() if line.startswith("INSERT INTO")]
        with engine.begin() as new:
            migrations.migrate(new, "0001")
            new.exec_driver_sql("DELETE FROM schema_version")
            for row in sorted(rows, key=lambda row: '"orgs"' not in row):
                new.exec_driver_sql(row)
    return Old(url, tmp_path / "db")


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_every_migration_is_listed_in_order() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))

    found = [revision.revision for revision in script.walk_revisions()]

    assert tuple(reversed(found)) == migrations.REVISIONS


def test_the_first_version_is_brought_up_to_date_when_it_is_opened_and_keeps_what_it_holds(
    old: Old, engine: Engine
) -> None:
    old.bring_up_to_date()

    with engine.begin() as connection:
        assert migrations.current(connection) == migrations.HEAD
        (token,) = connection.execute(select(org_tokens)).mappings()
        assert token["created_at"] == datetime(2026, 11, 1, tzinfo=UTC)
        assert token["scopes"] is None
        numbers = connection.execute(select(build_numbers.c.number, build_numbers.c.build_key))
        assert [tuple(row) for row in numbers] == [(1, "k1"), (2, "k0")]


def test_a_migrated_database_is_as_one_that_was_made_new(old: Old, engine: Engine) -> None:
    old.bring_up_to_date()

    with engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_rooms_and_the_processes_they_were_in_survive_both_ways(old: Old, engine: Engine) -> None:
    with engine.begin() as connection:
        for statement in ROOM_IN_A_PROCESS:
            connection.exec_driver_sql(statement)
    old.bring_up_to_date()
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO rooms (room_id, app_id, region, config, status, created_at)"
                " VALUES ('local', 'app-1', 'Tokyo', '', 'scheduling', 0)"
            )
        )

    with engine.begin() as connection:
        migrations.migrate(connection, "0001")
    old.bring_up_to_date()

    with engine.begin() as connection:
        found = connection.execute(
            text("SELECT * FROM rooms JOIN room_allocations USING (room_id)")
        ).one()
        assert found.room_id == "r"
        assert (found.deployment_id, found.config, found.process_id) == ("d", "lava", "p")
        assert connection.execute(text("SELECT count(*) FROM rooms")).scalar_one() == 1
        if engine.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        # The count of new ones goes on behind those that there are.
        added = text(
            "INSERT INTO room_allocations (room_allocation_id, room_id, process_id, scheduled_at)"
            " VALUES ('b', 'r', 'p', 1) RETURNING number"
        )
        assert connection.execute(added).scalar_one() > found.number
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_empty_database_can_be_migrated_through_every_version_and_back(engine: Engine) -> None:
    seen = []
    for target in (*migrations.REVISIONS, *reversed(migrations.REVISIONS), "base"):
        with engine.begin() as connection:
            migrations.migrate(connection, target)
        seen.append(tables(engine))

    assert seen[0] == seen[-2]
    assert seen[-1] == {"alembic_version"}


def test_a_database_that_was_brought_back_opens_in_the_first_program(
    old: Old, engine: Engine
) -> None:
    before = tables(engine)
    old.bring_up_to_date()

    with engine.begin() as connection:
        migrations.migrate(connection, "0001")

    assert tables(engine) == before | {"alembic_version"}
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version FROM schema_version")).scalar_one() == 1


def test_a_migration_that_fails_leaves_everything_as_it_was(old: Old, engine: Engine) -> None:
    before = tables(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE lobbies (in_the_way INTEGER)"))

    with pytest.raises(Exception, match="lobbies"):
        old.bring_up_to_date()

    assert tables(engine) == before | {"lobbies"}
