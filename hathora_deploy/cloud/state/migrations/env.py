"""Run by Alembic around every migration: in the transaction that its caller has begun."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
