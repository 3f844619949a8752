"""All that a cloud keeps, to be compared with what it kept before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, select

from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.state.tables import metadata

UNSTEADY = {("users", "last_login_at")}
"""What any good call may change."""
UNSTEADY_TABLES = {"process_samples", "audit_log"}
"""Samples are taken all the time, and calls that are refused are written down too."""


def everything(cloud: Cloud, *, but_of: str | None = None) -> dict[str, list[str]]:
    """The rows of each table, but those that name an organization, and the files of builds."""
    with cloud.store.read() as connection:
        kept = {
            table.name: [
                str(tuple(row))
                for row in connection.execute(_steady(table).order_by(*table.primary_key.columns))
                if but_of is None or but_of not in map(str, row)
            ]
            for table in metadata.sorted_tables
            if table.name not in UNSTEADY_TABLES
        }
    settings = cloud.settings
    files = [
        f"{file.relative_to(settings.data_dir)} {file.stat().st_size}"
        for folder in (settings.archives_dir, settings.artifacts_dir)
        for file in sorted(folder.rglob("*"))
    ]
    return {**kept, "files": files}


def _steady(table: Table) -> Any:
    return select(*(column for column in table.c if (table.name, column.name) not in UNSTEADY))
