"""How a setting that changes is named: as the API does for programs, as flags do for people."""

from __future__ import annotations

from hathora_deploy.cli.differences import change_lines, differences_json
from hathora_deploy.pipeline.difference import Change, Difference

CHANGES = (
    Difference("requested_cpu", Change.CHANGED, "0.5", "2"),
    Difference("env.LOG_LEVEL", Change.ADDED),
    Difference("ports.query", Change.REMOVED, "27016/udp"),
)


def test_programs_read_the_names_of_the_api() -> None:
    named = [each["setting"] for each in differences_json(CHANGES)]
    assert named == ["requestedCPU", "env.LOG_LEVEL", "ports.query"]


def test_people_read_the_names_of_flags_and_of_their_own_variables() -> None:
    assert [line.split() for line in change_lines("bld-1", "bld-1", CHANGES)] == [
        ["~", "requested-cpu", "0.5", "→", "2"],
        ["+", "env.LOG_LEVEL"],
        ["-", "ports.query", "27016/udp"],
    ]
