"""State in PostgreSQL: ``postgresql://user:password@host/database``."""

from __future__ import annotations

from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.secret import Secret

_EXAMPLE: Final = "write it as postgresql://user:password@host/database"
_DRIVER: Final = "postgresql+psycopg"
_KEPT_OPEN: Final = 8
_MORE: Final = 24
"""Connections: a server has a hundred unless it is told otherwise, for all clouds together."""
_ANSWER_SECONDS: Final = 10
_TURN_SECONDS: Final = 30
_WRITERS: Final = 0x68617468
"""The advisory lock that every writer holds, whichever cloud it belongs to."""


def parse_url(url: Secret) -> URL:
    """Raises CloudStartError, which shows nothing of the text: a password is in it."""
    try:
        parsed = make_url(url.reveal())
    except (ArgumentError, ValueError):
        raise CloudStartError("the URL of the database is no URL", hint=_EXAMPLE) from None
    if parsed.drivername not in ("postgresql", "postgres"):
        raise CloudStartError(
            "the URL of the database does not begin with postgresql://", hint=_EXAMPLE
        )
    if not parsed.database:
        raise CloudStartError("the URL of the database names no database", hint=_EXAMPLE)
    return parsed.set(drivername=_DRIVER)


def place_of(url: URL) -> str:
    """Where the database is, for messages: without the user and the password."""
    host = url.host or url.query.get("host") or "this machine"
    port = f":{url.port}" if url.port else ""
    return f"{url.database} at {host}{port}"


def postgresql_engine(url: URL) -> Engine:
    """Writers take turns, those of several clouds too, as on SQLite: each transaction that writes first
    takes one advisory lock, which the server frees with the transaction, or with the writer.

    So what such a transaction has read stays true until its end, and none has to be repeated. With
    SERIALIZABLE instead, eight writers of two clouds that placed rooms came to a fourth as many a
    second, and repeated each transaction two to four times. Readers wait for nobody, and see one
    moment. Raises CloudStartError.
    """
    try:
        engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=_KEPT_OPEN,
            max_overflow=_MORE,
            pool_timeout=_TURN_SECONDS,
            connect_args=_CONNECT | dict(url.query),
        )
    except ImportError as error:
        raise CloudStartError(
            f"state in PostgreSQL needs psycopg, which cannot be imported: {error}",
            hint="pip install 'hathora-deploy[postgresql]'",
        ) from None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")

    return engine


_CONNECT: Final = {
    "application_name": "hathora-deploy",
    "connect_timeout": _ANSWER_SECONDS,
    # A server that went without a word is noticed by this side …
    "keepalives_idle": _ANSWER_SECONDS,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 1000 * _ANSWER_SECONDS,
    # … and a cloud that did so, by the server: its lock must not keep the others from writing.
    "options": f"-c lock_timeout={_TURN_SECONDS}s"
    f" -c idle_in_transaction_session_timeout={_TURN_SECONDS}s"
    " -c statement_timeout=120s",
}
