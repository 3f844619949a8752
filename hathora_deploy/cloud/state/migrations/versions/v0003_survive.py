"""What games that survive need."""

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
    op.create_index("processes_placement", "processes", ["deployment_id", "region", "status"])
    is_current = sa.text("unscheduled_at IS NULL")
    op.create_index(
        "room_allocations_current",
        "room_allocations",
        ["process_id"],
        sqlite_where=is_current,
        postgresql_where=is_current,
    )


def downgrade() -> None:
    op.drop_index("room_allocations_current", "room_allocations")
    op.drop_index("processes_placement", "processes")
    op.drop_table("audit_log")
