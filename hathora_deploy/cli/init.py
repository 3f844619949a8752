"""``hathora-deploy init``: the first files of a project."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import click

from hathora_deploy.cli.command import Command
from hathora_deploy.cli.files import write_file
from hathora_deploy.cli.options import with_output
from hathora_deploy.cli.output import Output


@click.command(cls=Command, examples=["hathora-deploy init ./server"])
@click.argument(
    "path",
    default=".",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@with_output
def command(output: Output, path: Path) -> None:
    """Write a commented hathora.toml into the folder PATH, and a Dockerfile if there is none.

    It writes a Dockerfile when it can tell what the server is: Unity, Unreal, Godot, Node, Python,
    or a single Linux program. It never overwrites a file.
    """
    from hathora_deploy.cli import settings_file, templates

    written = []
    if write_file(path / settings_file.NAME, templates.SETTINGS):
        written.append(path / settings_file.NAME)
        output.say(f"wrote {path / settings_file.NAME}")
    if not (path / "Dockerfile").exists() and _write_dockerfile(path, output):
        written.append(path / "Dockerfile")
    if not written:
        output.say("nothing was written: what is there stays as it is")

    next_step = f"hathora-deploy {shlex.quote(path.as_posix())}"
    if output.is_json:
        output.json({"written": [str(file) for file in written], "next": next_step})
    elif (path / "Dockerfile").exists():
        output.say(f"next: read {' and '.join(map(str, written)) or 'them'}, then {next_step}")


def _write_dockerfile(folder: Path, output: Output) -> bool:
    from hathora_deploy.cli import detect, templates

    server = detect.detect(folder)
    if server is None and (folder / "project.godot").is_file():
        output.say("this is a Godot project: export it for Linux, then run init in that folder")
    elif server is None:
        output.say("cannot tell what the server is: write a Dockerfile with its EXPOSE and CMD")
    if server is None:
        return False
    output.say(f"wrote {folder / 'Dockerfile'}, for {server.kind} on port {server.port}")
    program = folder / (server.program or "")
    # From Windows every file is sent as executable: it keeps no such permission.
    if sys.platform != "win32" and not os.access(program, os.X_OK):
        output.say(f"{program} may not be run yet: chmod +x {shlex.quote(str(program))}")
    return write_file(folder / "Dockerfile", templates.dockerfile(server))
