"""Opens the database and hands out transactions."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from sqlalchemy import Connection, Engine, insert
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    TimeoutError as NoConnection,
)

from hathora_deploy import private_files
from hathora_deploy.api.errors import InternalServerError, UnprocessableEntity
from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.state import migrations
from hathora_deploy.cloud.state.moves import Moves
from hathora_deploy.cloud.state.postgresql import parse_url, place_of, postgresql_engine
from hathora_deploy.cloud.state.sqlite import sqlite_engine
from hathora_deploy.cloud.state.tables import alembic_version, metadata
from hathora_deploy.cloud.troubles import Troubles
from hathora_deploy.secret import Secret

_log = logging.getLogger(__name__)

_POSTGRESQL: Final = "postgresql"


class Store:
    """A database. What a ``write()`` block has committed outlives a killed cloud."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.moves = Moves(engine)
        self.is_shared = engine.name == _POSTGRESQL
        """Whether other clouds may work on it at the same time."""
        self._readers, self._writers = engine, engine.execution_options(writes=True)
        if self.is_shared:
            # As SQLite has it: who reads sees one moment, who writes sees what is, alone.
            self._readers = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._writers = self._writers.execution_options(isolation_level="READ COMMITTED")
        self._turn = Lock()
        self._troubles = Troubles()

    @classmethod
    def open(cls, url: Secret | None, *, file: Path) -> Store:
        """The database of a URL, else that of a file, made where it is absent.

        Raises CloudStartError.
        """
        return cls.open_sqlite(file) if url is None else cls._open_postgresql(url)

    @classmethod
    def open_sqlite(cls, path: Path) -> Store:
        """The database of a file, made where it is absent. Raises CloudStartError."""
        try:
            private_files.create(path)
            store = cls(sqlite_engine(path))
            store._prepare()
        except (OSError, OperationalError, DatabaseError) as error:
            reason = getattr(error, "orig", None) or error
            raise CloudStartError(
                f"the cloud's database {path} cannot be used: {reason}",
                hint="see that the folder is writable and has room, or name another by --data-dir",
            ) from None
        return store

    @classmethod
    def _open_postgresql(cls, secret: Secret) -> Store:
        url = parse_url(secret)
        store = cls(postgresql_engine(url))
        try:
            store._prepare()
        except (DBAPIError, NoConnection) as error:
            store.close()
            reason = _first_line(error).replace(url.password or "\n", "[REDACTED]")
            raise CloudStartError(
                f"the cloud's database {place_of(url)} cannot be used: {reason}",
                hint="see that PostgreSQL runs there, and that the user, the password and the name "
                "of the database are right; `createdb` makes a database",
            ) from None
        except CloudStartError:
            store.close()
            raise
        return store

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that changes nothing."""
        with self._failures("read"), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction; writers take turns, and an exception takes everything back."""
        # The threads of this cloud wait here. Those who waited for SQLite would sleep meanwhile, for longer and
        # longer, and for PostgreSQL each would have a connection to wait with.
        with self._failures("save"), self._turn, self._writers.begin() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _failures(self, deed: str) -> Iterator[None]:
        try:
            yield
            self._troubles.settle(deed)
        except DataError as error:
            raise UnprocessableEntity(f"the database keeps no such value: {error.orig}") from None
        except (OperationalError, InterfaceError, NoConnection) as error:
            if not self.is_shared:
                raise InternalServerError(
                    f"the cloud could not {deed} this: {_first_line(error)}",
                    hint="see that the cloud's disk has room",
                ) from None
            problem = _first_line(error)
            if self._troubles.note(deed, problem):
                _log.warning("the database could not %s something: %s", deed, problem)
            raise InternalServerError(
                f"the cloud could not {deed} this: its database does not answer",
                hint="try again; the log of the cloud says more",
            ) from None

    def _prepare(self) -> None:
        with self._writers.begin() as connection:
            found = migrations.current(connection)
            if found is None:
                metadata.create_all(connection)
                connection.execute(insert(alembic_version).values(version_num=migrations.HEAD))
            elif found not in migrations.REVISIONS:
                raise CloudStartError(
                    f"the cloud's data has schema version {found}; this program knows "
                    f"those up to {migrations.HEAD}",
                    hint="run the hathora-deploy that wrote it, or name another folder by "
                    "--data-dir, or another database by --database",
                )
            elif found != migrations.HEAD:
                migrations.migrate(connection)


def _first_line(error: Exception) -> str:
    """What the database or its driver says, without the statement and its values."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0] if said else type(error).__name__
