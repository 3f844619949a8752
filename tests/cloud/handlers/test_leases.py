"""One deploy at a time has an app, in the order of asking, and none can keep it by being killed."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from hathora_deploy.api.errors import Conflict, NotFound, UnprocessableEntity
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import audit
from hathora_deploy.cloud.state.tables import deploy_leases
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import Running, eventually


def new_id() -> Secret:
    return Secret(secrets.token_urlsafe())


def let_run_out(running: Running, holder: str) -> None:
    """As if nobody had renewed it for its time."""
    with running.cloud.store.write() as connection:
        connection.execute(
            update(deploy_leases)
            .where(deploy_leases.c.holder == holder)
            .values(until=datetime(2026, 1, 1, tzinfo=UTC))
        )


def holder(client: HathoraCloud) -> str:
    return client.leases_v1.get_lease().holder


def test_while_one_has_it_the_others_are_refused_and_told_who(client: HathoraCloud) -> None:
    first, second = new_id(), new_id()
    client.leases_v1.acquire_lease(lease_id=first, holder="alice on ci-7")

    with pytest.raises(Conflict, match=f"alice on ci-7 has the lease of app {client.app_id}"):
        client.leases_v1.acquire_lease(lease_id=second, holder="bob")

    held = client.leases_v1.get_lease()
    assert (held.app_id, held.holder) == (client.app_id, "alice on ci-7")
    assert 0 < held.remaining_seconds <= 20
    client.leases_v1.release_lease(lease_id=first)
    assert client.leases_v1.acquire_lease(lease_id=second, holder="bob").holder == "bob"


def test_another_app_has_a_lease_of_its_own(running: Running, client: HathoraCloud) -> None:
    lease_id, other = new_id(), running.new_app()
    client.leases_v1.acquire_lease(lease_id=lease_id, holder="alice")
    with pytest.raises(NotFound, match="nobody has a lease"):
        other.leases_v1.get_lease()
    other.leases_v1.acquire_lease(lease_id=lease_id, holder="bob")
    assert (holder(client), holder(other)) == ("alice", "bob")


def test_to_acquire_it_again_is_no_harm_to_who_has_it(client: HathoraCloud) -> None:
    lease_id = new_id()
    for _ in range(2):
        client.leases_v1.acquire_lease(lease_id=lease_id, holder="alice", lifetime_seconds=60)
    client.leases_v1.release_lease(lease_id=lease_id)
    with pytest.raises(NotFound):
        client.leases_v1.get_lease()


def test_those_who_wait_get_it_in_the_order_of_asking(
    running: Running, client: HathoraCloud
) -> None:
    ids = {name: new_id() for name in ("alice", "bob", "carol")}
    client.leases_v1.acquire_lease(lease_id=ids["alice"], holder="alice")
    for name in ("bob", "carol"):
        with pytest.raises(Conflict):
            client.leases_v1.acquire_lease(lease_id=ids[name], holder=name)
    client.leases_v1.release_lease(lease_id=ids["alice"])

    with pytest.raises(Conflict, match="bob"):
        client.leases_v1.acquire_lease(lease_id=ids["carol"], holder="carol")

    let_run_out(running, "bob")  # who waits no more keeps nobody waiting
    client.leases_v1.acquire_lease(lease_id=ids["carol"], holder="carol")


def test_one_that_ran_out_is_free_for_others_and_lost_once_they_took_it(
    running: Running, client: HathoraCloud
) -> None:
    first, second = new_id(), new_id()
    client.leases_v1.acquire_lease(lease_id=first, holder="alice")
    let_run_out(running, "alice")
    with pytest.raises(NotFound):
        client.leases_v1.get_lease()

    # Nobody came in between: whoever was asleep goes on.
    assert client.leases_v1.renew_lease(lease_id=first).remaining_seconds > 0
    let_run_out(running, "alice")
    client.leases_v1.acquire_lease(lease_id=second, holder="bob")
    for _ in range(2):  # also when the other is done
        with pytest.raises(Conflict, match="so no more"):
            client.leases_v1.renew_lease(lease_id=first)
        client.leases_v1.acquire_lease(lease_id=second, holder="bob")
    client.leases_v1.release_lease(lease_id=second)
    with pytest.raises(Conflict):
        client.leases_v1.renew_lease(lease_id=first)


def test_only_who_knows_its_id_may_renew_or_release_it(client: HathoraCloud) -> None:
    client.leases_v1.acquire_lease(lease_id=new_id(), holder="alice")
    with pytest.raises(Conflict):
        client.leases_v1.renew_lease(lease_id=new_id())
    with pytest.raises(NotFound):
        client.leases_v1.release_lease(lease_id=new_id())
    assert holder(client) == "alice"
    with pytest.raises(UnprocessableEntity, match="leaseId: at least 16 characters"):
        client.leases_v1.acquire_lease(lease_id=Secret("1"), holder="bob")


def test_the_audit_log_tells_who_had_it_and_neither_its_id_nor_every_renewal(
    running: Running, client: HathoraCloud
) -> None:
    lease_id = new_id()
    client.leases_v1.acquire_lease(lease_id=lease_id, holder="alice")
    client.leases_v1.renew_lease(lease_id=lease_id)
    client.leases_v1.release_lease(lease_id=lease_id)

    def told() -> list[str]:
        entries = audit.read(running.cloud.settings, since=None, operation=None, limit=100_000)
        own = [each for each in entries if each.subject.get("appId") == client.app_id]
        assert lease_id.reveal() not in repr(own)
        return [each.operation for each in own if each.operation.endswith("Lease")]

    assert eventually(told, lambda found: len(found) > 1) == ["AcquireLease", "ReleaseLease"]
