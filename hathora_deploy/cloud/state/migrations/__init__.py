"""Brings a database from one version of the schema to another, both ways.

A new database is made from ``tables.py`` at once. Alembic, which is slow to import, is used only for
one that an older program has written.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, select

from hathora_deploy.cloud.state.tables import alembic_version

if TYPE_CHECKING:
    from alembic.config import Config

REVISIONS: Final = ("0001", "0002", "0003")
"""All there are, oldest first; each is a file in ``versions/``."""
HEAD: Final = REVISIONS[-1]


def current(connection: Connection) -> str | None:
    """The revision of a database; None of one that is empty."""
    found = inspect(connection)
    if found.has_table(alembic_version.name):
        return connection.execute(select(alembic_version.c.version_num)).scalar_one_or_none()
    # Before there were migrations, a table of its own held the number 1.
    return "0001" if found.has_table("schema_version") else None


def migrate(connection: Connection, target: str = HEAD) -> None:
    """Bring a database from an earlier or a later revision to ``target``; "base" is none at all."""
    from alembic import command

    found = current(connection)
    config = _config(connection)
    if not inspect(connection).has_table(alembic_version.name):
        command.stamp(config, found or "base")
    if target == "base" or (found is not None and found > target):
        command.downgrade(config, target)
    else:
        command.upgrade(config, target)


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
