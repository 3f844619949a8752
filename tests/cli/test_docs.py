"""docs/cli.md says what the commands say. ``python -m tests.cli.test_docs`` writes it anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner

from hathora_deploy.cli import settings_file
from hathora_deploy.cli.commands import COMMANDS, root

DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"
BLOCK = re.compile(r"```console\n\$ (hathora-deploy(?: \w+)* --help)\n.*?```", re.DOTALL)


def current(text: str) -> str:
    """The text, with what each command says now."""
    return BLOCK.sub(lambda block: f"```console\n$ {block[1]}\n{help_of(block[1])}```", text)


def help_of(line: str) -> str:
    result = CliRunner(env={"COLUMNS": "100"}).invoke(
        root, line.split()[1:], prog_name="hathora-deploy"
    )
    assert result.exit_code == 0, result.output
    return result.stdout


def commands() -> Iterator[str]:
    yield "hathora-deploy"
    ctx = click.Context(root)
    assert isinstance(root, click.Group)
    for name in COMMANDS:
        yield from below(f"hathora-deploy {name}", root.get_command(ctx, name))


def below(line: str, command: click.Command | None) -> Iterator[str]:
    yield line
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from below(f"{line} {name}", child)


def test_help_blocks_are_what_the_commands_say() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == current(text), "run: python -m tests.cli.test_docs"


def test_no_line_of_a_group_breaks_off() -> None:
    for line in commands():
        said = help_of(f"{line} --help").partition("\nCommands:")[2].partition("\nExamples:")[0]
        assert "..." not in said, line


def test_every_command_is_documented() -> None:
    documented = {
        line.removesuffix(" --help") for line in BLOCK.findall(DOCUMENT.read_text("utf-8"))
    }
    assert set(commands()) == documented


def test_the_table_of_contents_says_what_each_group_holds() -> None:
    ctx = click.Context(root)
    assert isinstance(root, click.Group)
    for name, said in COMMANDS.items():
        group = root.get_command(ctx, name)
        if isinstance(group, click.Group) and ":" in said:
            listed = {word.strip(" .") for word in said.split(":")[1].split(",")}
            assert listed == set(group.commands), name


def test_each_option_that_a_key_of_the_file_sets_exists() -> None:
    ctx = click.Context(root)
    assert isinstance(root, click.Group)
    deploy = root.get_command(ctx, "deploy")
    assert deploy is not None
    options = {parameter.name for parameter in deploy.params}
    assert {
        option for keys in settings_file.KEYS.values() for option, _ in keys.values()
    } <= options


def test_the_table_of_waits_has_the_settings_and_the_times_that_there_are() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    waits = text[text.index("## Waits") : text.index("## Packaging alone")]
    rows = re.findall(
        r"^\| .* \| (\d+).* \| `(--[a-z-]+)`, `(\w+)`(?:, `\[(\w+)\] (.+)`)? \|$", waits, re.M
    )
    unlimited = re.findall(r"^\| (.*) \| .* \| \|$", waits, re.M)
    assert unlimited == ["`logs --follow`, `status --watch`"]
    assert len(rows) > 10
    ctx = click.Context(root)
    assert isinstance(root, click.Group)
    builds = root.get_command(ctx, "builds")
    assert isinstance(builds, click.Group)
    options = {
        name: parameter
        for command in (
            *(root.get_command(ctx, name) for name in ("deploy", "status")),
            builds.commands["delete"],
        )
        if command is not None
        for parameter in command.params
        for name in parameter.opts
    }
    for seconds, flag, variable, section, key in rows:
        assert options[flag].envvar == variable
        assert options[flag].default in (float(seconds), None), flag
        if key:
            assert settings_file.KEYS[section][key][0] == options[flag].name


if __name__ == "__main__":
    DOCUMENT.write_text(current(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
