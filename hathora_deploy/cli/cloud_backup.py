"""``hathora-deploy cloud backup`` and ``cloud restore``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hathora_deploy.cli.command import Command
from hathora_deploy.cli.options import option, with_data_dir, with_output
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import cloud_folder
from hathora_deploy.cli.text import counted, size

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    short_help="Write all that the local cloud keeps to a file.",
    cls=Command,
    examples=["hathora-deploy cloud backup ./cloud.backup"],
)
@click.argument("file", type=_FILE)
@option("--force", is_flag=True, help="Write over a file that is there.")
@with_data_dir
@with_output
def backup(output: Output, data_dir: Path | None, file: Path, *, force: bool) -> None:
    """Write all that the local cloud keeps to FILE, whether it runs or not.

    FILE holds secrets: the keys of apps and the variables of deployments. Only you can read it.
    """
    folder = cloud_folder(data_dir)
    from hathora_deploy.cloud import backup as cloud_backup, daemon
    from hathora_deploy.cloud.setting_options import settings_of

    running = daemon.find(folder)
    settings = settings_of(os.environ, folder)
    if running is not None and "database" in running.settings and settings.database is None:
        raise click.UsageError(
            "the cloud that runs keeps its state in PostgreSQL: use pg_dump to back it up"
        )
    made = cloud_backup.back_up(settings, file, overwrite=force)
    if output.is_json:
        output.json(
            {
                "file": str(file),
                "sizeInBytes": made.size,
                "builds": made.builds,
                "archivesElsewhere": made.elsewhere_archives,
                "imagesElsewhere": made.elsewhere_artifacts,
            }
        )
        return
    output.say(f"wrote {file}: {size(made.size)}, {counted(made.builds, 'build')}")
    if made.elsewhere_archives:
        output.say(
            f"not in it: the archives of {counted(made.elsewhere_archives, 'build')}, "
            "which are in a bucket or were never uploaded"
        )
    if made.elsewhere_artifacts:
        output.say(
            f"not in it: the images of {counted(made.elsewhere_artifacts, 'build')}, "
            "which are in the container engine"
        )
    output.say("not in it: the logs, and the token that the tool uses")


@click.command(
    cls=Command, examples=["hathora-deploy cloud restore ./cloud.backup --data-dir ./restored"]
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_data_dir
@with_output
def restore(output: Output, data_dir: Path | None, file: Path) -> None:
    """Make a cloud of a backup, in a folder that is new or empty.

    What ran when it was made does not run any more: its processes are failed, and their rooms destroyed.
    """
    folder = cloud_folder(data_dir)
    from hathora_deploy.cloud import backup as cloud_backup
    from hathora_deploy.cloud.setting_options import settings_of

    cloud_backup.restore(settings_of(os.environ, folder), file)
    output.done("restored", str(folder))
