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
    false,
)

metadata = MetaData()

LARGEST_INTEGER: Final = 2**31 - 1
"""What a column of Integer holds in PostgreSQL."""
LARGEST_SIZE: Final = 2**53 - 1
"""What a column of BigInteger holds, and JSON carries exactly."""

_EPOCH = datetime.fromtimestamp(0, tz=UTC)


class Moment(TypeDecorator[datetime]):
    """A moment as Unix milliseconds: SQLite keeps no offsets, and integers sort."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else (value - _EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value / 1000, tz=UTC)


# Alembic's own table, declared here so that a new database gets it with the others.
alembic_version = Table(
    "alembic_version", metadata, Column("version_num", String(32), primary_key=True)
)

orgs = Table(
    "orgs",
    metadata,
    Column("org_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("default_fleet_id", String),
)

# A user belongs to organizations as a member; an email is kept in lower case.
users = Table(
    "users",
    metadata,
    Column("email", String, primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("last_login_at", Moment),
)

user_tokens = Table(
    "user_tokens",
    metadata,
    Column("digest", String, primary_key=True),
    Column("email", ForeignKey("users.email"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

org_members = Table(
    "org_members",
    metadata,
    Column("org_id", ForeignKey("orgs.org_id"), primary_key=True),
    Column("email", ForeignKey("users.email"), primary_key=True),
    Column("scopes", JSON, nullable=False),
    Column("invited_by", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("joined_at", Moment, nullable=False),
)

# Pending ones only: an answer removes the row.
org_invites = Table(
    "org_invites",
    metadata,
    Column("org_id", ForeignKey("orgs.org_id"), primary_key=True),
    Column("email", String, primary_key=True),
    Column("scopes", JSON, nullable=False),
    Column("invited_by", String, nullable=False),
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
    Column("scopes", JSON(none_as_null=True)),
)

fleets = Table(
    "fleets",
    metadata,
    Column("fleet_id", String, primary_key=True),
    Column("org_id", ForeignKey("orgs.org_id"), nullable=False),
    Column("name", String, nullable=False),
    Column("node_shape_id", String, nullable=False),
    Column("scale_up_threshold", Integer),
    Column("created_at", Moment, nullable=False),
)
Index("fleets_name", fleets.c.org_id, fleets.c.name, unique=True)

fleet_regions = Table(
    "fleet_regions",
    metadata,
    Column("fleet_id", ForeignKey("fleets.fleet_id"), primary_key=True),
    Column("region", String, primary_key=True),
    Column("node_baseline", Integer, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

# The clouds that work on this database, and the machine that each runs on.
nodes = Table(
    "nodes",
    metadata,
    Column("node_id", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("machine", String),
    Column("site", String),
    Column("home", String),
    Column("vcpus", Float),
    Column("memory_mb", Integer),
    Column("gpus", Integer),
    Column("beats", BigInteger),
    Column("is_leaving", Boolean, nullable=False, server_default=false()),
)

# Work that one of them does for all, until a moment.
leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("node_id", String, nullable=False),
    Column("until", Moment, nullable=False),
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
    Column("node_id", String),
    Column("expired_at", Moment),
)
Index(
    "builds_id",
    builds.c.org_id,
    builds.c.build_id,
    unique=True,
    sqlite_where=builds.c.deleted_at.is_(None),
    postgresql_where=builds.c.deleted_at.is_(None),
)

# The first two versions of the API know builds by a number.
build_numbers = Table(
    "build_numbers",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("build_key", ForeignKey("builds.key"), nullable=False, unique=True),
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

# The deploys that want an app for themselves: the first in number has it, as long as it renews its lease in time.
deploy_leases = Table(
    "deploy_leases",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("app_id", ForeignKey("apps.app_id"), nullable=False),
    Column("digest", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
)
Index("deploy_leases_id", deploy_leases.c.app_id, deploy_leases.c.digest, unique=True)

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
    Column("terminated_at", Moment, index=True),
    Column("is_kept", Boolean, nullable=False, server_default=false()),
    Column("node_id", String, index=True),
    Column("booted_by", String),
)
Index("processes_placement", processes.c.deployment_id, processes.c.region, processes.c.status)

rooms = Table(
    "rooms",
    metadata,
    Column("room_id", String, primary_key=True),
    Column("app_id", ForeignKey("apps.app_id"), nullable=False, index=True),
    Column("deployment_id", ForeignKey("deployments.deployment_id")),
    Column("region", String, nullable=False),
    Column("config", String),
    Column("status", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("is_rescheduled", Boolean, nullable=False, server_default=false()),
)

room_allocations = Table(
    "room_allocations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("room_allocation_id", String, nullable=False, unique=True),
    Column("room_id", ForeignKey("rooms.room_id"), nullable=False, index=True),
    Column("process_id", ForeignKey("processes.process_id"), nullable=False),
    Column("scheduled_at", Moment, nullable=False),
    Column("unscheduled_at", Moment),
)
# The rooms that are in a process are found among all that ever were. An index of these alone would be smaller, and
# SQLite would choose another.
Index("room_allocations_process", room_allocations.c.process_id, room_allocations.c.unscheduled_at)

lobbies = Table(
    "lobbies",
    metadata,
    Column("room_id", ForeignKey("rooms.room_id"), primary_key=True),
    Column("app_id", ForeignKey("apps.app_id"), nullable=False),
    Column("region", String, nullable=False),
    Column("visibility", String, nullable=False),
    Column("short_code", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String, nullable=False),
)
Index("lobbies_short_code", lobbies.c.app_id, lobbies.c.short_code)

# What was measured of a process at a moment; a figure that its runtime cannot tell is null.
process_samples = Table(
    "process_samples",
    metadata,
    Column("process_id", ForeignKey("processes.process_id"), primary_key=True),
    Column("at", Moment, primary_key=True, index=True),
    Column("cpu", Float),
    Column("memory", BigInteger),
    Column("total_egress", BigInteger),
    Column("active_connections", Integer),
    Column("gpu_memory", BigInteger),
    Column("gpu_utilization", Float),
)

# Who created, changed, stopped or deleted what. It outlives what it tells of, so it refers to nothing.
audit_log = Table(
    "audit_log",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False, index=True),
    Column("org_id", String),
    Column("caller", String, nullable=False),
    Column("operation", String, nullable=False),
    Column("subject", JSON, nullable=False),
    Column("status", Integer, nullable=False),
    Column("request_id", String, nullable=False),
)
