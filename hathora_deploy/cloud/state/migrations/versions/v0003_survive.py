"""What games that survive need, deploys that wait for each other, and applications that move."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("org_id", sa.String),
        sa.Column("caller", sa.String, nullable=False),
        sa.Column("operation", sa.String, nullable=False),
        sa.Column("subject", sa.JSON, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("request_id", sa.String, nullable=False),
    )
    op.add_column(
        "rooms",
        sa.Column("is_rescheduled", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    for column in (
        sa.Column("machine", sa.String),
        sa.Column("site", sa.String),
        sa.Column("home", sa.String),
        sa.Column("vcpus", sa.Float),
        sa.Column("memory_mb", sa.Integer),
        sa.Column("gpus", sa.Integer),
        sa.Column("beats", sa.BigInteger),
        sa.Column("is_leaving", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("nodes", column)
    op.add_column("process_samples", sa.Column("gpu_memory", sa.BigInteger))
    op.add_column("process_samples", sa.Column("gpu_utilization", sa.Float))
    op.create_table(
        "leases",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("node_id", sa.String, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "deploy_leases",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("app_id", sa.String, sa.ForeignKey("apps.app_id"), nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_index("deploy_leases_id", "deploy_leases", ["app_id", "digest"], unique=True)
    op.add_column("builds", sa.Column("node_id", sa.String))
    op.add_column("builds", sa.Column("expired_at", sa.BigInteger))
    op.add_column("processes", sa.Column("node_id", sa.String))
    op.add_column("processes", sa.Column("booted_by", sa.String))
    op.create_index("ix_processes_node_id", "processes", ["node_id"])
    op.create_index("processes_placement", "processes", ["deployment_id", "region", "status"])
    op.create_index(
        "room_allocations_process", "room_allocations", ["process_id", "unscheduled_at"]
    )
    op.drop_index("ix_room_allocations_process_id", "room_allocations")


def downgrade() -> None:
    op.create_index("ix_room_allocations_process_id", "room_allocations", ["process_id"])
    op.drop_index("room_allocations_process", "room_allocations")
    op.drop_index("processes_placement", "processes")
    op.drop_index("ix_processes_node_id", "processes")
    for table, columns in (
        ("process_samples", ("gpu_utilization", "gpu_memory")),
        ("processes", ("booted_by", "node_id")),
        ("builds", ("expired_at", "node_id")),
        (
            "nodes",
            ("is_leaving", "beats", "gpus", "memory_mb", "vcpus", "home", "site", "machine"),
        ),
    ):
        for name in columns:
            op.drop_column(table, name)
    op.drop_table("deploy_leases")
    op.drop_table("leases")
    op.drop_column("rooms", "is_rescheduled")
    op.drop_table("audit_log")
