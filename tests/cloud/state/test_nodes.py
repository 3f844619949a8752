"""The clouds of a database: those that beat are present, and what the others ran is left over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hathora_deploy.cloud.state import nodes
from hathora_deploy.cloud.state.nodes import NodeRecord
from hathora_deploy.cloud.state.store import Store

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NODE = NodeRecord(node_id="a", host="here", started_at=NOON, machine="m", site="s", home="/a")


def present(store: Store) -> list[str]:
    with store.read() as connection:
        return [node.node_id for node in nodes.present(connection)]


def test_one_that_comes_up_is_present_until_it_leaves_and_again_when_it_comes_back(
    store: Store,
) -> None:
    with store.write() as connection:
        nodes.come_up(connection, NODE)
        nodes.come_up(connection, replace(NODE, node_id="b"))
    assert present(store) == ["a", "b"]

    with store.write() as connection:
        nodes.start_leaving(connection, "a")
        nodes.leave(connection, "a")
    assert present(store) == ["b"]

    with store.write() as connection:
        nodes.come_up(connection, NODE)
        again = nodes.get(connection, "a")
    assert again is not None
    assert not again.is_leaving
    assert present(store) == ["a", "b"]


def test_one_that_has_beaten_since_it_was_seen_is_not_buried(store: Store) -> None:
    with store.write() as connection:
        nodes.come_up(connection, NODE)
        (seen,) = nodes.present(connection)
        assert nodes.beat(connection, "a")
        nodes.bury(connection, seen)
    assert present(store) == ["a"]


def test_one_that_was_buried_hears_of_it_once_and_is_present_again(store: Store) -> None:
    with store.write() as connection:
        nodes.come_up(connection, NODE)
        (seen,) = nodes.present(connection)
        nodes.bury(connection, seen)
    assert present(store) == []

    with store.write() as connection:
        assert [nodes.beat(connection, "a") for _ in range(2)] == [False, True]
    assert present(store) == ["a"]
