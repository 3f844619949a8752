"""What a deploy and a game need: organizations, apps, builds, deployments, processes, rooms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("schema_version", sa.Column("version", sa.Integer, primary_key=True))
    op.execute("INSERT INTO schema_version VALUES (1)")
    op.create_table(
        "orgs",
        sa.Column("org_id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "org_tokens",
        sa.Column("org_token_id", sa.String, primary_key=True),
        sa.Column("org_id", sa.String, sa.ForeignKey("orgs.org_id"), nullable=False, index=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False, unique=True),
        sa.Column("last_four", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )
    op.create_table(
        "apps",
        sa.Column("app_id", sa.String, primary_key=True),
        sa.Column("org_id", sa.String, sa.ForeignKey("orgs.org_id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("secret", sa.String, nullable=False),
        sa.Column("auth_configuration", sa.JSON, nullable=False),
        sa.Column("service_config", sa.JSON),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
        sa.Column("deleted_by", sa.String),
    )
    _unique_while_it_lives("apps_name", "apps", ["org_id", "name"])
    op.create_table(
        "builds",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("org_id", sa.String, sa.ForeignKey("orgs.org_id"), nullable=False),
        sa.Column("build_id", sa.String, nullable=False),
        sa.Column("tag", sa.String),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("archive_size", sa.BigInteger, nullable=False),
        sa.Column("artifact", sa.String),
        sa.Column("image_size", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("deleted_at", sa.BigInteger),
    )
    _unique_while_it_lives("builds_id", "builds", ["org_id", "build_id"])
    op.create_table(
        "deployments",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("deployment_id", sa.String, nullable=False, unique=True),
        sa.Column("app_id", sa.String, sa.ForeignKey("apps.app_id"), nullable=False, index=True),
        sa.Column("build_key", sa.String, sa.ForeignKey("builds.key"), nullable=False, index=True),
        sa.Column("build_id", sa.String, nullable=False),
        sa.Column("build_tag", sa.String),
        sa.Column("tag", sa.String),
        sa.Column("fleet_id", sa.String),
        sa.Column("requested_cpu", sa.Float, nullable=False),
        sa.Column("requested_memory_mb", sa.Integer, nullable=False),
        sa.Column("requested_gpu", sa.Integer),
        sa.Column("rooms_per_process", sa.Integer, nullable=False),
        sa.Column("idle_timeout_enabled", sa.Boolean, nullable=False),
        sa.Column("container_port", sa.Integer, nullable=False),
        sa.Column("transport_type", sa.String, nullable=False),
        sa.Column("additional_container_ports", sa.JSON, nullable=False),
        sa.Column("env", sa.JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
    )
    op.create_table(
        "processes",
        sa.Column("process_id", sa.String, primary_key=True),
        sa.Column("app_id", sa.String, sa.ForeignKey("apps.app_id"), nullable=False, index=True),
        sa.Column(
            "deployment_id",
            sa.String,
            sa.ForeignKey("deployments.deployment_id"),
            nullable=False,
        ),
        sa.Column("region", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False, index=True),
        sa.Column("runtime", sa.String),
        sa.Column("handle", sa.String),
        sa.Column("bindings", sa.JSON, nullable=False),
        sa.Column("exposed_ports", sa.JSON, nullable=False),
        sa.Column("exit_reason", sa.String),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("scheduled_at", sa.BigInteger),
        sa.Column("booted_at", sa.BigInteger),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("stopping_at", sa.BigInteger),
        sa.Column("terminated_at", sa.BigInteger),
    )
    op.create_table(
        "rooms",
        sa.Column("room_id", sa.String, primary_key=True),
        sa.Column("app_id", sa.String, sa.ForeignKey("apps.app_id"), nullable=False, index=True),
        sa.Column(
            "deployment_id",
            sa.String,
            sa.ForeignKey("deployments.deployment_id"),
            nullable=False,
        ),
        sa.Column("region", sa.String, nullable=False),
        sa.Column("config", sa.String),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "room_allocations",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("room_allocation_id", sa.String, nullable=False, unique=True),
        sa.Column("room_id", sa.String, sa.ForeignKey("rooms.room_id"), nullable=False, index=True),
        sa.Column(
            "process_id",
            sa.String,
            sa.ForeignKey("processes.process_id"),
            nullable=False,
            index=True,
        ),
        sa.Column("scheduled_at", sa.BigInteger, nullable=False),
        sa.Column("unscheduled_at", sa.BigInteger),
    )


def downgrade() -> None:
    for table in (
        "room_allocations",
        "rooms",
        "processes",
        "deployments",
        "builds",
        "apps",
        "org_tokens",
        "orgs",
        "schema_version",
    ):
        op.drop_table(table)


def _unique_while_it_lives(name: str, table: str, columns: list[str]) -> None:
    alive = sa.text("deleted_at IS NULL")
    op.create_index(name, table, columns, unique=True, sqlite_where=alive, postgresql_where=alive)
