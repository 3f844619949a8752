"""``hathora-deploy package``: the archive of a folder, to keep."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hathora_deploy.cli.command import Command
from hathora_deploy.cli.deadline_options import with_git_timeout
from hathora_deploy.cli.options import option, with_compression, with_dockerfile, with_long_output
from hathora_deploy.cli.output import Output, is_terminal
from hathora_deploy.cli.text import size

if TYPE_CHECKING:
    from hathora_deploy.pipeline.package import Package

STDOUT = "-"
_FORMATS = ("text", "json")
"""What follows -o of other commands."""


@click.command(
    cls=Command,
    examples=[
        "hathora-deploy package ./server",
        "hathora-deploy package ./server -o - | sha256sum",
        "hathora-deploy package ./server --list",
    ],
)
@click.argument("path", default=".", envvar="HATHORA_BUILD_FILE", type=click.Path(path_type=Path))
@option(
    "-o",
    "--archive",
    metavar="FILE",
    help="Where the archive goes; - is stdout.  [default: PATH.tgz, beside the folder]",
)
@option(
    "--list",
    "is_list",
    is_flag=True,
    help="Write nothing: print what goes in, what does not, and why.",
)
@option("--force", is_flag=True, help="Write over a file that is there.")
@with_dockerfile
@with_git_timeout
@with_compression("6")
@with_long_output
def command(
    output: Output,
    path: Path,
    archive: str | None,
    is_list: bool,
    force: bool,
    dockerfile: str | None,
    git_timeout: float,
    compression: str,
) -> None:
    """Write the archive that a deploy of the folder PATH would upload.

    The same folder gives the same bytes on every machine. No cloud is asked.
    """
    from hathora_deploy.cli.progress import reporter
    from hathora_deploy.pipeline.compression import Compression
    from hathora_deploy.pipeline.package import package

    if archive in _FORMATS:
        raise click.UsageError(
            f"-o names the archive here: write --output {archive}, or -o ./{archive} for that file"
        )
    if is_list and archive:
        raise click.UsageError("--list writes no archive: leave out -o, or --list")
    if is_list:
        _list(output, path, dockerfile)
        return
    to_stdout = archive == STDOUT
    if to_stdout and output.is_json:
        raise click.UsageError("-o - and --output json both write to stdout")
    if to_stdout and is_terminal(sys.stdout):
        raise click.UsageError("an archive is nothing for a terminal; name a file with -o")
    target = Path(archive) if archive else _beside(path)
    with reporter(output) as progress:
        made = package(
            path,
            sys.stdout.buffer if to_stdout else target,
            reporter=progress,
            compression=Compression.named(compression),
            dockerfile=dockerfile,
            git_timeout=git_timeout,
            overwrite=force,
        )
    if output.is_json:
        output.json(_as_json(made, target, compression))
    elif to_stdout:
        output.say(f"  sha256    {made.archive.digest}")
    else:
        output.lines(_facts(made, target))


def _list(output: Output, folder: Path, dockerfile: str | None) -> None:
    from hathora_deploy.cli.listing import listing_json, listing_lines
    from hathora_deploy.cli.progress import reporter
    from hathora_deploy.pipeline.explanation import explain
    from hathora_deploy.pipeline.inspection import inspect

    explanation = explain(folder, dockerfile=dockerfile)
    warnings = [str(concern) for concern in inspect(explanation.context)]
    with reporter(output) as progress:
        for warning in warnings:
            progress.warning(warning)
    if output.is_json:
        output.json(listing_json(explanation) | {"warnings": warnings})
    else:
        for line in listing_lines(explanation):
            output.data(line)


def _beside(folder: Path) -> Path:
    """Not in the folder, where the next archive would hold it."""
    place = folder if folder.name not in ("", "..") else folder.resolve()
    return place.with_name(f"{place.name}.tgz")


def _facts(made: Package, target: Path) -> dict[str, str]:
    return {
        "archive": str(target),
        "files": f"{made.files:,}",
        "size": f"{size(made.archive.size)} of {size(made.context_size)}",
        "sha256": made.archive.digest,
    }


def _as_json(made: Package, target: Path, compression: str) -> dict[str, object]:
    return {
        "path": str(target),
        "files": made.files,
        "contextBytes": made.context_size,
        "archiveBytes": made.archive.size,
        "sha256": made.archive.digest,
        "compression": compression,
    }
