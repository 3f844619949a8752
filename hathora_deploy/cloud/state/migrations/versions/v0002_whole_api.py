"""What the rest of the API needs: users, members, scopes, fleets, lobbies, samples, build numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ALLOCATION = "room_allocation_id, room_id, process_id, scheduled_at, unscheduled_at"


def upgrade() -> None:
    op.drop_table("schema_version")  # Alembic's own table says it from now on
    op.add_column("orgs", sa.Column("default_fleet_id", sa.String))
    op.add_column("org_tokens", sa.Column("scopes", sa.JSON))
    op.add_column(
        "processes",
        sa.Column("is_kept", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "users",
        sa.Column("email", sa.String, primary_key=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_login_at", sa.BigInteger),
    )
    op.create_table(
        "user_tokens",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("email", sa.String, sa.ForeignKey("users.email"), nullable=False, index=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )
    op.create_table(
        "org_members",
        sa.Column("org_id", sa.String, sa.ForeignKey("orgs.org_id"), primary_key=True),
        sa.Column("email", sa.String, sa.ForeignKey("users.email"), primary_key=True),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("invited_by", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("joined_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "org_invites",
        sa.Column("org_id", sa.String, sa.ForeignKey("orgs.org_id"), primary_key=True),
        sa.Column("email", sa.String, primary_key=True),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("invited_by", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "fleets",
        sa.Column("fleet_id", sa.String, primary_key=True),
        sa.Column("org_id", sa.String, sa.ForeignKey("orgs.org_id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("node_shape_id", sa.String, nullable=False),
        sa.Column("scale_up_threshold", sa.Integer),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("fleets_name", "fleets", ["org_id", "name"], unique=True)
    op.create_table(
        "fleet_regions",
        sa.Column("fleet_id", sa.String, sa.ForeignKey("fleets.fleet_id"), primary_key=True),
        sa.Column("region", sa.String, primary_key=True),
        sa.Column("node_baseline", sa.Integer, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "nodes",
        sa.Column("node_id", sa.String, primary_key=True),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "build_numbers",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("build_key", sa.String, sa.ForeignKey("builds.key"), nullable=False, unique=True),
    )
    op.execute(
        "INSERT INTO build_numbers (build_key) SELECT key FROM builds ORDER BY created_at, key"
    )
    _remake_rooms(needs_deployment=False)
    op.create_table(
        "lobbies",
        sa.Column("room_id", sa.String, sa.ForeignKey("rooms.room_id"), primary_key=True),
        sa.Column("app_id", sa.String, sa.ForeignKey("apps.app_id"), nullable=False),
        sa.Column("region", sa.String, nullable=False),
        sa.Column("visibility", sa.String, nullable=False),
        sa.Column("short_code", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
    )
    op.create_index("lobbies_short_code", "lobbies", ["app_id", "short_code"])
    op.create_index("ix_processes_terminated_at", "processes", ["terminated_at"])
    op.create_table(
        "process_samples",
        sa.Column("process_id", sa.String, sa.ForeignKey("processes.process_id"), primary_key=True),
        sa.Column("at", sa.BigInteger, primary_key=True, index=True),
        sa.Column("cpu", sa.Float),
        sa.Column("memory", sa.BigInteger),
        sa.Column("total_egress", sa.BigInteger),
        sa.Column("active_connections", sa.Integer),
    )


def downgrade() -> None:
    for table in (
        "process_samples",
        "lobbies",
        "build_numbers",
        "nodes",
        "fleet_regions",
        "fleets",
        "org_invites",
        "org_members",
        "user_tokens",
        "users",
    ):
        op.drop_table(table)
    _remake_rooms(needs_deployment=True)
    op.drop_index("ix_processes_terminated_at", "processes")
    op.drop_column("processes", "is_kept")
    op.drop_column("org_tokens", "scopes")
    op.drop_column("orgs", "default_fleet_id")
    op.create_table("schema_version", sa.Column("version", sa.Integer, primary_key=True))
    op.execute("INSERT INTO schema_version VALUES (1)")


def _remake_rooms(*, needs_deployment: bool) -> None:
    """Rooms that must have a deployment, or need not. SQLite changes no column of a table that is."""
    op.create_table(
        "new_rooms",
        sa.Column("room_id", sa.String, primary_key=True),
        sa.Column("app_id", sa.String, sa.ForeignKey("apps.app_id"), nullable=False),
        sa.Column(
            "deployment_id",
            sa.String,
            sa.ForeignKey("deployments.deployment_id"),
            nullable=not needs_deployment,
        ),
        sa.Column("region", sa.String, nullable=False),
        sa.Column("config", sa.String),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "new_room_allocations",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("room_allocation_id", sa.String, nullable=False, unique=True),
        sa.Column("room_id", sa.String, sa.ForeignKey("new_rooms.room_id"), nullable=False),
        sa.Column("process_id", sa.String, sa.ForeignKey("processes.process_id"), nullable=False),
        sa.Column("scheduled_at", sa.BigInteger, nullable=False),
        sa.Column("unscheduled_at", sa.BigInteger),
    )
    # Those without a deployment have no allocations.
    kept = " WHERE deployment_id IS NOT NULL" if needs_deployment else ""
    op.execute(f"INSERT INTO new_rooms SELECT * FROM rooms{kept}")  # noqa: S608 - no value from outside
    # Numbered anew, in the same order: PostgreSQL's own count goes on from what it has given itself.
    op.execute(
        f"INSERT INTO new_room_allocations ({_ALLOCATION})"  # noqa: S608 - no value from outside
        f" SELECT {_ALLOCATION} FROM room_allocations ORDER BY number"
    )
    for table in ("room_allocations", "rooms"):
        op.drop_table(table)
    for table in ("rooms", "room_allocations"):
        op.rename_table(f"new_{table}", table)
    op.create_index("ix_rooms_app_id", "rooms", ["app_id"])
    op.create_index("ix_room_allocations_room_id", "room_allocations", ["room_id"])
    op.create_index("ix_room_allocations_process_id", "room_allocations", ["process_id"])
