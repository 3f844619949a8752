"""The tables. One source for every database: only what SQLite and PostgreSQL share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
)

metadata = MetaData()

LARGEST_NUMBER: Final = 2**53 - 1
"""What a column holds, and what JSON carries exactly."""

_EPOCH = datetime.fromtimestamp(0, tz=UTC)


class Moment(TypeDecorator[datetime]):
    """A moment as Unix milliseconds: SQLite keeps no offsets, and integers sort."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else (value - _EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value / 1000, tz=UTC)


schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

orgs = Table(
    "orgs",
    metadata,
    Column("org_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("created_at", Moment, nullable=False),
)

org_tokens = Table(
    "org_tokens",
    metadata,
    Column("org_token_id", String, primary_key=True),
    Column("org_id", ForeignKey("orgs.org_id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("digest", String, nullable=False, unique=True),
    Column("last_four", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String, nullable=False),
    Column("revoked_at", Moment),
)

apps = Table(
    "apps",
    metadata,
    Column("app_id", String, primary_key=True),
    Column("org_id", ForeignKey("orgs.org_id"), nullable=False),
    Column("name", String, nullable=False),
    Column("secret", String, nullable=False),
    Column("auth_configuration", JSON, nullable=False),
    Column("service_config", JSON),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String, nullable=False),
    Column("deleted_at", Moment),
    Column("deleted_by", String),
)
Index(
    "apps_name",
    apps.c.org_id,
    apps.c.name,
    unique=True,
    sqlite_where=apps.c.deleted_at.is_(None),
    postgresql_where=apps.c.deleted_at.is_(None),
)

# A build id may be the caller's own, and may be used again once its build is deleted: hence the key.
builds = Table(
    "builds",
    metadata,
    Column("key", String, primary_key=True),
    Column("org_id", ForeignKey("orgs.org_id"), nullable=False),
    Column("build_id", String, nullable=False),
    Column("tag", String),
    Column("status", String, nullable=False),
    Column("archive_size", BigInteger, nullable=False),
    Column("artifact", String),
    Column("image_size", BigInteger, nullable=False, default=0),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("deleted_at", Moment),
)
Index(
    "builds_id",
    builds.c.org_id,
    builds.c.build_id,
    unique=True,
    sqlite_where=builds.c.deleted_at.is_(None),
    postgresql_where=builds.c.deleted_at.is_(None),
)

deployments = Table(
    "deployments",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("deployment_id", String, nullable=False, unique=True),
    Column("app_id", ForeignKey("apps.app_id"), nullable=False, index=True),
    Column("build_key", ForeignKey("builds.key"), nullable=False, index=True),
    Column("build_id", String, nullable=False),
    Column("build_tag", String),
    Column("tag", String),
    Column("fleet_id", String),
    Column("requested_cpu", Float, nullable=False),
    Column("requested_memory_mb", Integer, nullable=False),
    Column("requested_gpu", Integer),
    Column("rooms_per_process", Integer, nullable=False),
    Column("idle_timeout_enabled", Boolean, nullable=False),
    Column("container_port", Integer, nullable=False),
    Column("transport_type", String, nullable=False),
    Column("additional_container_ports", JSON, nullable=False),
    Column("env", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String, nullable=False),
)

processes = Table(
    "processes",
    metadata,
    Column("process_id", String, primary_key=True),
    Column("app_id", ForeignKey("apps.app_id"), nullable=False, index=True),
    Column("deployment_id", ForeignKey("deployments.deployment_id"), nullable=False),
    Column("region", String, nullable=False),
    Column("status", String, nullable=False, index=True),
    Column("runtime", String),
    Column("handle", String),
    Column("bindings", JSON, nullable=False),
    Column("exposed_ports", JSON, nullable=False),
    Column("exit_reason", String),
    Column("created_at", Moment, nullable=False),
    Column("scheduled_at", Moment),
    Column("booted_at", Moment),
    Column("started_at", Moment),
    Column("stopping_at", Moment),
    Column("terminated_at", Moment),
)

rooms = Table(
    "rooms",
    metadata,
    Column("room_id", String, primary_key=True),
    Column("app_id", ForeignKey("apps.app_id"), nullable=False, index=True),
    Column("deployment_id", ForeignKey("deployments.deployment_id"), nullable=False),
    Column("region", String, nullable=False),
    Column("config", String),
    Column("status", String, nullable=False),
    Column("created_at", Moment, nullable=False),
)

room_allocations = Table(
    "room_allocations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("room_allocation_id", String, nullable=False, unique=True),
    Column("room_id", ForeignKey("rooms.room_id"), nullable=False, index=True),
    Column("process_id", ForeignKey("processes.process_id"), nullable=False, index=True),
    Column("scheduled_at", Moment, nullable=False),
    Column("unscheduled_at", Moment),
)
