"""docs/official-cli.md tells the truth: its tables are those of the program, and each command works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from hathora_deploy.cli.official.commands import COMMANDS, Entry
from hathora_deploy.cli.official.flag import Flag
from hathora_deploy.cli.official.flags import FLAGS

from .conftest import Hathora, Studio
from .table import FLAG_ROWS, table, words


def test_the_table_of_flags_is_that_of_the_program() -> None:
    def told(flag: Flag) -> list[list[str]]:
        default = "" if flag.default is None else str(flag.default)
        return [
            [f"--{name}" for name in (flag.name, flag.also) if name],
            [f"-{flag.short}"] if flag.short else [],
            list(flag.variables),
            [flag.key] if flag.key else [],
            [default.lower() if flag.is_switch else default] if default else [],
        ]

    assert [[words(cell) for cell in row[:5]] for row in FLAG_ROWS] == [
        told(flag) for flag in FLAGS.values()
    ]


def test_the_table_of_commands_is_that_of_the_program() -> None:
    def told(path: str, entry: Entry) -> list[list[str]]:
        return [
            [path],
            [entry.alias] if entry.alias else [],
            [f"--{name}" for name in entry.flags],
        ]

    assert [[words(cell) for cell in row[:3]] for row in table("Commands")] == [
        told(*each) for each in COMMANDS.items()
    ]


LINES: Final = {
    "build info": "--build-id BUILD",
    "build list": "",
    "build create": "--file SERVER",
    "build create-with-registry": "--image studio/game:1",
    "build delete": "--build-id SPARE",
    "deploy": "--file SERVER --from-latest",
    "deployment info": "--deployment-id DEPLOYMENT",
    "deployment latest": "",
    "deployment list": "",
    "deployment create": "--from-latest",
    "log": "--process-id PROCESS",
}
"""Flags for each command, with words in the place of ids."""


def names() -> Iterator[tuple[str, str]]:
    """Each command of the table, and the names it goes by."""
    for row in table("Commands"):
        (path,) = words(row[0])
        yield path, path
        for alias in words(row[1]):
            yield path, f"{path.split()[0]} {alias}"


@pytest.mark.parametrize(("path", "name"), list(names()))
def test_each_row_of_commands_works(
    path: str, name: str, hathora: Hathora, studio: Studio, tmp_path: Path
) -> None:
    line = LINES[path]
    server = tmp_path / "server"
    server.mkdir()
    (server / "Dockerfile").write_text("FROM scratch\nCOPY . .\nCMD sleep 60\n")
    (server / "id").write_text(str(server))
    if "SPARE" in line:
        spare = hathora("build", "create", "-f", server, "-o", "buildIdValue").value
        line = line.replace("SPARE", spare)
    for word, text in {
        "BUILD": studio.build_id,
        "SERVER": str(server),
        "DEPLOYMENT": studio.deployment.deployment_id,
        "PROCESS": studio.process_id,
    }.items():
        line = line.replace(word, text)

    # The cloud of the tests has no engine to pull an image with.
    code = 1 if path == "build create-with-registry" else 0
    done = hathora(*name.split(), *line.split(), code=code)
    if code:
        assert "studio/game:1 needs a container engine" in done.stderr
        assert done.stdout == ""
    else:
        assert done.stdout.strip()
    assert hathora(*name.split(), "--help").stdout.startswith("Usage: hathora ")


def test_the_formats_are_those_of_the_table(hathora: Hathora, studio: Studio) -> None:
    for row in table("Formats"):
        (form,) = words(row[0])
        assert studio.build_id in hathora("build", "list", "-o", form).stdout
