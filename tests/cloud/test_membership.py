"""A cloud is dead when its beat does not change for as long as another looks at it."""

from __future__ import annotations

from datetime import UTC, datetime

from hathora_deploy.cloud.membership import Watch
from hathora_deploy.cloud.state.nodes import NodeRecord

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def node(name: str, beats: int) -> NodeRecord:
    return NodeRecord(node_id=name, host=name, started_at=NOON, beats=beats)


def silent(watch: Watch, now: float, **beats: int) -> list[str]:
    found = watch.look([node(name, count) for name, count in beats.items()], now)
    return [each.node_id for each in found]


def test_one_that_beats_is_never_silent_and_one_that_stops_is_after_the_timeout() -> None:
    watch = Watch(10)
    for now in range(0, 10, 2):
        assert silent(watch, now, a=now, b=7) == []
    assert silent(watch, 10, a=10, b=7) == []
    assert silent(watch, 12, a=12, b=7) == ["b"]


def test_one_that_beats_again_is_watched_anew() -> None:
    watch = Watch(10)
    for now in range(0, 12, 2):
        silent(watch, now, a=1)
    assert silent(watch, 12, a=2) == []
    assert silent(watch, 14, a=2) == []


def test_who_did_not_look_for_long_takes_nobody_for_dead() -> None:
    watch = Watch(10)
    silent(watch, 0, a=1)
    silent(watch, 2, a=1)
    assert silent(watch, 60, a=1) == []
    for now in range(62, 70, 2):
        assert silent(watch, now, a=1) == []
    assert silent(watch, 70, a=1) == []
    assert silent(watch, 72, a=1) == ["a"]
