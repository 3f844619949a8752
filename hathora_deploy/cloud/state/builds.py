"""Builds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.cloud.state import build_numbers, rows
from hathora_deploy.cloud.state.nodes import PRESENT
from hathora_deploy.cloud.state.tables import builds


@dataclass(frozen=True)
class BuildRecord:
    """A build; ``key`` also names its archive and its log."""

    key: str
    org_id: str
    build_id: str
    tag: str | None
    status: str
    archive_size: int
    created_at: datetime
    created_by: str
    artifact: str | None = None
    image_size: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    deleted_at: datetime | None = None
    node_id: str | None = None
    """Which cloud has run it, or does; its log and its artifact are there."""
    expired_at: datetime | None = None
    """Since when it is known without its files, as one is that was imported."""

    @property
    def is_pulled(self) -> bool:
        """Whether it is an image of a registry: an archive has at least one byte."""
        return self.archive_size == 0


def add(connection: Connection, build: BuildRecord) -> None:
    connection.execute(insert(builds).values(**asdict(build)))
    build_numbers.give(connection, build.key)


def add_all(connection: Connection, records: Sequence[BuildRecord]) -> None:
    """Many at once."""
    if records:
        connection.execute(insert(builds), [asdict(build) for build in records])
        build_numbers.give_all(connection, [build.key for build in records])


def with_ids(
    connection: Connection, org_id: str, build_ids: Collection[str]
) -> Mapping[str, BuildRecord]:
    """Those of an organization that are not deleted, by their ids."""
    statement = select(builds).where(
        builds.c.org_id == org_id, builds.c.build_id.in_(build_ids), builds.c.deleted_at.is_(None)
    )
    return {build.build_id: build for build in rows.every(connection, statement, BuildRecord)}


def get(connection: Connection, org_id: str, build_id: str) -> BuildRecord | None:
    """The build, unless it is deleted."""
    statement = select(builds).where(
        builds.c.org_id == org_id, builds.c.build_id == build_id, builds.c.deleted_at.is_(None)
    )
    return rows.first(connection, statement, BuildRecord)


def get_by_key(connection: Connection, key: str) -> BuildRecord | None:
    """The build, deleted or not."""
    return rows.first(connection, select(builds).where(builds.c.key == key), BuildRecord)


def every(connection: Connection) -> list[BuildRecord]:
    """Those of all organizations that are not deleted, oldest first."""
    statement = select(builds).where(builds.c.deleted_at.is_(None))
    return rows.every(connection, statement.order_by(builds.c.created_at), BuildRecord)


def list_of_org(connection: Connection, org_id: str) -> list[BuildRecord]:
    """Newest first."""
    statement = select(builds).where(builds.c.org_id == org_id, builds.c.deleted_at.is_(None))
    return rows.every(connection, statement.order_by(builds.c.created_at.desc()), BuildRecord)


def list_of_status(connection: Connection, status: BuildStatus) -> list[BuildRecord]:
    statement = select(builds).where(builds.c.status == status, builds.c.deleted_at.is_(None))
    return rows.every(connection, statement, BuildRecord)


def artifacts(connection: Connection) -> set[str]:
    """The artifact of each build that is not deleted."""
    statement = select(builds.c.artifact).where(
        builds.c.artifact.is_not(None), builds.c.deleted_at.is_(None)
    )
    return set(connection.scalars(statement))


def change(connection: Connection, key: str, **values: Any) -> None:
    connection.execute(update(builds).where(builds.c.key == key).values(**values))


def of_the_dead(connection: Connection) -> list[BuildRecord]:
    """Those that run on clouds that are gone."""
    statement = select(builds).where(
        builds.c.status == BuildStatus.RUNNING,
        builds.c.deleted_at.is_(None),
        builds.c.node_id.not_in(PRESENT),
    )
    return rows.every(connection, statement, BuildRecord)


def begin(connection: Connection, key: str, now: datetime, *, node_id: str) -> bool:
    """Mark a build as running; False when somebody else did first, or it is deleted."""
    changed = connection.execute(
        update(builds)
        .where(
            builds.c.key == key,
            builds.c.status == BuildStatus.CREATED,
            builds.c.deleted_at.is_(None),
        )
        .values(status=BuildStatus.RUNNING, started_at=now, node_id=node_id)
    )
    return changed.rowcount == 1
