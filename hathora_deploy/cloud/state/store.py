"""Opens the database and hands out transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, insert
from sqlalchemy.exc import DatabaseError, OperationalError

from hathora_deploy.api.errors import InternalServerError
from hathora_deploy.cloud import private
from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.state import migrations
from hathora_deploy.cloud.state.moves import Moves
from hathora_deploy.cloud.state.tables import alembic_version, metadata

_BUSY_SECONDS: Final = 30


class Store:
    """A database. What a ``write()`` block has committed outlives a killed cloud."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.moves = Moves(engine)

    @classmethod
    def open_sqlite(cls, path: Path) -> Store:
        """The database of a file, made where it is absent. Raises CloudStartError."""
        try:
            private.create(path)
            engine = _sqlite_engine(path)
            _prepare(engine)
        except (OSError, OperationalError, DatabaseError) as error:
            reason = getattr(error, "orig", None) or error
            raise CloudStartError(
                f"the cloud's database {path} cannot be used: {reason}",
                hint="see that the folder is writable and has room, or name another by --data-dir",
            ) from None
        return cls(engine)

    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that changes nothing."""
        return self._engine.begin()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction; writers take turns, and an exception takes everything back."""
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                yield connection
        except OperationalError as error:
            raise InternalServerError(
                f"the cloud could not save this: {error.orig}",
                hint="see that the cloud's disk has room",
            ) from None

    def close(self) -> None:
        self._engine.dispose()


def _sqlite_engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin below, not in the driver
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        # With WAL, NORMAL loses nothing when the cloud dies, only when the machine does.
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that turns writer midway would fail at once instead of waiting its turn.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _prepare(engine: Engine) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        found = migrations.current(connection)
        if found is None:
            metadata.create_all(connection)
            connection.execute(insert(alembic_version).values(version_num=migrations.HEAD))
        elif found not in migrations.REVISIONS:
            raise CloudStartError(
                f"the cloud's data has schema version {found}; this program knows "
                f"those up to {migrations.HEAD}",
                hint="run the hathora-deploy that wrote it, or name another folder by --data-dir",
            )
        elif found != migrations.HEAD:
            migrations.migrate(connection)
