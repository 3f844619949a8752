"""``hathora-deploy cloud audit``: who created, changed, stopped or deleted what."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hathora_deploy.cli.command import Command
from hathora_deploy.cli.options import option, with_data_dir, with_output
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import cloud_folder
from hathora_deploy.cli.values import Since

if TYPE_CHECKING:
    from hathora_deploy.cloud.state.audit import AuditRecord


@click.command(
    "audit",
    short_help="Show who changed what, and who was refused.",
    cls=Command,
    examples=[
        "hathora-deploy cloud audit --since 2h",
        "hathora-deploy cloud audit --operation StopProcess",
    ],
)
@option(
    "--since",
    type=Since(),
    help="Only what was done since then: 30m, 2h, 7d, or a moment such as 2026-11-21T18:00.",
)
@option("--operation", metavar="NAME", help="Only this one, such as StopProcess.")
@option(
    "--limit",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="The last so many.",
)
@with_data_dir
@with_output
def command(
    output: Output,
    data_dir: Path | None,
    since: datetime | None,
    operation: str | None,
    limit: int,
) -> None:
    """Show who created, changed, stopped or deleted what, and who was refused; oldest first."""
    folder = cloud_folder(data_dir)
    from hathora_deploy.cloud import audit
    from hathora_deploy.cloud.setting_options import settings_of

    settings = settings_of(os.environ, folder)
    found = audit.read(settings, since=since, operation=operation, limit=limit)
    if output.is_json:
        output.json({"audit": [_facts(record) for record in found]})
        return
    output.list(
        "audit",
        found,
        titles="WHEN CALLER OPERATION STATUS SUBJECT",
        cells=lambda record: [
            record.at.astimezone().isoformat(" ", "seconds"),
            record.caller,
            record.operation,
            str(record.status),
            " ".join(f"{name}={value}" for name, value in record.subject.items()) or "-",
        ],
        nothing="nothing was done",
    )


def _facts(record: AuditRecord) -> dict[str, object]:
    return {
        "at": record.at.isoformat(),
        "orgId": record.org_id,
        "caller": record.caller,
        "operation": record.operation,
        "subject": record.subject,
        "status": record.status,
        "requestId": record.request_id,
    }
