"""Of several clouds one has a lease, until it lets it run out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hathora_deploy.cloud.state import leases
from hathora_deploy.cloud.state.store import Store

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def take(store: Store, node_id: str, minute: int) -> bool:
    """For ten minutes."""
    now = NOON + timedelta(minutes=minute)
    with store.write() as connection:
        return leases.take(connection, "sweep", node_id, now=now, until=now + timedelta(minutes=10))


def test_one_holds_it_renews_it_and_another_gets_it_when_it_has_run_out(store: Store) -> None:
    assert take(store, "a", 0)
    assert not take(store, "b", 5)
    assert take(store, "a", 9)
    assert not take(store, "b", 18)
    assert take(store, "b", 19)
    assert not take(store, "a", 20)
