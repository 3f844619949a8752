"""A new process goes to the cloud whose cores are least spoken for."""

from __future__ import annotations

from datetime import UTC, datetime

from hathora_deploy.cloud.assignment import least_loaded
from hathora_deploy.cloud.state.nodes import NodeRecord

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def node(name: str, vcpus: float | None) -> NodeRecord:
    return NodeRecord(node_id=name, host=name, started_at=NOON, vcpus=vcpus)


def chosen(load: dict[str, float], *, asked: str = "a") -> str | None:
    found = least_loaded([node("a", 2), node("b", 8), node("c", None)], load, asked=asked)
    return found.node_id if found is not None else None


def test_cores_count_rather_than_processes() -> None:
    assert chosen({"a": 1, "b": 3, "c": 5}) == "b"
    assert chosen({"a": 0.5, "b": 3, "c": 5}) == "a"


def test_of_equal_ones_it_is_the_one_that_was_asked() -> None:
    assert [chosen({}, asked=asked) for asked in "abc"] == ["a", "b", "c"]


def test_without_any_that_can_there_is_none() -> None:
    assert least_loaded([], {}, asked="a") is None
