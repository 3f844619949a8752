"""What a runner hears, and what it does not."""

from __future__ import annotations

import io
import re

import pytest

from hathora_deploy.cli.github.output import WorkflowOutput
from hathora_deploy.cli.github.workflow_commands import speechless

HOSTILE = [
    "::error::owned",
    "   ::set-output name=build-id::owned",
    "\u00a0\u2028::add-mask::a",
    "text ##[error]owned",
    "progress\r::stop-commands::x",
    "\x1b[2K::warning::owned",
    "::endgroup::",
]


def heard(log: str) -> list[str]:
    """The commands that a runner takes: .NET ends a line at CR, too, and trims white space."""
    commands: list[str] = []
    stopped = ""
    for line in re.split(r"\r\n|\r|\n", log):
        said = re.match(r"::(?P<name>[^ :]+)[^:]*::(?P<data>.*)", line.lstrip())
        if stopped:
            stopped = "" if said and said["name"] == stopped else stopped
        elif said and said["name"] == "stop-commands":
            stopped = said["data"]
        elif said or "##[" in line:
            commands.append(line)
    assert not stopped, "commands are taken again"
    return commands


@pytest.mark.parametrize("line", HOSTILE)
def test_nothing_that_others_have_written_is_a_command(line: str) -> None:
    stream = io.StringIO()
    output = WorkflowOutput(stream)
    output.say(f"warned of {line}")
    output.say(line)
    output.quote(line)
    output.quote(line)
    output.end_group()
    assert heard(stream.getvalue()) == []


def test_own_commands_are_heard_between_quoted_lines() -> None:
    stream = io.StringIO()
    output = WorkflowOutput(stream)
    output.group("Build")
    output.quote("::error::owned")
    output.annotate("warning", "line 1\nline 2, 100 %", title="A: b, c")
    output.quote("::error::owned")
    output.group("Deploy")
    output.end_group()
    assert heard(stream.getvalue()) == [
        "::group::Build",
        "::warning title=A%3A b%2C c::line 1%0Aline 2, 100 %25",
        "::endgroup::",
        "::group::Deploy",
        "::endgroup::",
    ]


def test_each_pause_ends_with_a_word_of_its_own() -> None:
    stream = io.StringIO()
    output = WorkflowOutput(stream)
    for _ in range(2):
        output.quote("a line")
        output.end_group()
    words = re.findall(r"::stop-commands::(\w+)", stream.getvalue())
    assert len(set(words)) == 2
    assert all(len(word) == 32 for word in words)


def test_text_stays_as_it_is_where_it_says_nothing() -> None:
    text = "std::vector<int> a::b ## [x]\n  room 1 → 127.0.0.1:7777"
    assert speechless(text) == text


def test_a_message_that_is_too_long_is_cut_and_a_secret_masked_whole() -> None:
    stream = io.StringIO()
    output = WorkflowOutput(stream)
    output.annotate("error", "a" * 100_000)
    output.mask(["b" * 100_000])
    message, mask = stream.getvalue().splitlines()
    assert len(message) < 5000
    assert mask == f"::add-mask::{'b' * 100_000}"
