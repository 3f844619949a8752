"""Who changed what is written down, and who was refused; no secret is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from hathora_deploy.api.catalog import ALL
from hathora_deploy.api.deployments import EnvironmentVariable
from hathora_deploy.api.errors import InternalServerError, NotFound, Unauthorized
from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.api.operation import Auth, Operation
from hathora_deploy.api.orgs import UserRole
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import audit
from hathora_deploy.cloud.attempt import Attempt
from hathora_deploy.cloud.audit import AuditLog
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import audit as state
from hathora_deploy.cloud.state.audit import AuditRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import (
    Running,
    build,
    deploy,
    eventually,
    game,
    running,
    some_name,
)
from tests.cloud.handlers.studio import new_org

__all__ = ["running"]  # the cloud that the tests of handlers have


def told(running: Running, operation: str, **subject: str) -> list[AuditRecord]:
    """The entries of an operation about a subject, once there is one."""

    def look() -> list[AuditRecord]:
        found = audit.read(running.cloud.settings, since=None, operation=operation, limit=100_000)
        return [each for each in found if subject.items() <= each.subject.items()]

    return eventually(look, bool)


def test_what_a_token_a_user_and_a_player_do_is_told_with_what_they_made(running: Running) -> None:
    org = new_org(running)
    admin = running.client_with(org.admin)
    token = admin.tokens_v1.create_org_token(org_id=org.org_id, name="ci")
    ci = running.client_with(token.plain_text_token.reveal())
    created, log = build(ci, game())
    assert created.status == "succeeded", log
    email, user_token = org.user("admin")
    user = running.client_with(user_token)
    user.organizations_v1.invite_user(
        org_id=org.org_id,
        user_email=(invited := f"{some_name()}@example.com"),
        scopes=UserRole.VIEWER,
    )

    (entry,) = told(running, "CreateOrgToken", orgTokenId=token.org_token.org_token_id)
    assert (entry.org_id, entry.status) == (org.org_id, ALL["CreateOrgToken"].shape.status)
    assert entry.caller.startswith("token root (")
    (entry,) = told(running, "CreateBuild", buildId=created.build_id)
    assert entry.caller == f"token ci ({token.org_token.org_token_id})"
    assert entry.org_id == org.org_id
    assert datetime.now(UTC) - entry.at < timedelta(minutes=5)
    assert told(running, "RunBuild", buildId=created.build_id)
    (entry,) = told(running, "InviteUser", userEmail=invited)
    assert entry.caller == f"user {email}"
    (entry,) = told(running, "AddUser", userEmail=email)
    assert entry.caller == "operator"


def test_a_process_that_was_stopped_is_told_with_the_id_of_the_request(running: Running) -> None:
    client = running.new_app()
    deploy(client)
    process_id = client.processes_v3.create_process(region=Region.SEATTLE).process_id
    path = ALL["StopProcess"].shape.path.format(appId=client.app_id, processId=process_id)
    token = running.cloud.settings.token_file.read_text()
    answer = requests.request(
        ALL["StopProcess"].shape.method,
        running.endpoint + path,
        headers={"Authorization": f"Bearer {token}", "X-Request-Id": "who-did-it"},
        timeout=20,
    )
    assert answer.status_code == 204
    (entry,) = told(running, "StopProcess", processId=process_id)
    assert (entry.request_id, entry.status) == ("who-did-it", 204)
    assert entry.subject["appId"] == client.app_id
    with running.cloud.store.read() as connection:
        everything = state.latest(connection, limit=100_000)
    assert not [each for each in everything if each.operation.startswith("Get")]


def test_whoever_was_refused_is_told_too(running: Running) -> None:
    client = running.new_app()
    app_id = str(client.app_id)
    with pytest.raises(NotFound):
        running.other_org().apps_v2.delete_app(app_id=app_id)
    with pytest.raises(Unauthorized):
        HathoraCloud("wrong", endpoint=running.endpoint).apps_v2.delete_app(app_id=app_id)
    entries = told(running, "DeleteApp", appId=app_id)
    entries = eventually(
        lambda: told(running, "DeleteApp", appId=app_id), lambda all_: len(all_) == 2
    )
    assert [entry.status for entry in entries] == [404, 401]
    assert entries[0].caller.startswith("token other (")
    assert entries[1].caller == "anybody at 127.0.0.1"
    own = running.client.organizations_v1.get_orgs().orgs[0].org_id
    assert {entry.org_id for entry in entries} == {own}


def test_no_secret_and_no_variable_is_ever_in_it(running: Running) -> None:
    org = new_org(running)
    client = running.client_with(org.admin)
    created = client.tokens_v1.create_org_token(org_id=org.org_id, name="secretive")
    app = running.new_app()
    built, _ = build(app, game())
    deployment = app.deployments_v3.create_deployment(
        build_id=built.build_id,
        idle_timeout_enabled=False,
        env=[EnvironmentVariable(name="PASSWORD", value=Secret("hush-variable"))],
        rooms_per_process=1,
        transport_type=TransportType.UDP,
        container_port=7777,
        requested_memory_mb=512,
        requested_cpu=0.5,
    )
    app.rooms_v2.create_room(region=Region.SEATTLE, room_config="hush-config")
    told(running, "CreateRoom", appId=str(app.app_id))
    told(running, "CreateDeployment", deploymentId=deployment.deployment_id)
    with running.cloud.store.read() as connection:
        text = repr(state.latest(connection, limit=100_000))
    for secret in (
        created.plain_text_token.reveal(),
        org.admin,
        running.cloud.settings.token_file.read_text(),
        "hush-config",
        "hush-variable",
    ):
        assert secret not in text


def attempt(operation: type[Operation[object]], **path: str) -> Attempt:
    return Attempt(
        shape=operation.shape,
        path=path,
        request_id="r",
        at=datetime.now(UTC),
        caller="token x (1)",
        is_authorized=True,
        org_ids=["org-1"],
    )


@pytest.mark.parametrize("name", sorted(ALL))
def test_what_only_reads_is_not_told_and_what_changes_is(name: str) -> None:
    shape = ALL[name].shape
    tried = attempt(ALL[name])
    changes = shape.method != "GET" and shape.auth is not Auth.NONE
    for status in (401, 403, 404, 500):
        assert tried.is_told(status) == changes
    assert tried.is_told(shape.status) == (changes and name != "RenewLease")
    for status in (400, 422, 429):
        assert not tried.is_told(status)


def test_what_cannot_be_an_id_is_cut() -> None:
    assert len(attempt(ALL["DeleteApp"], appId="x" * 5000).subject["appId"]) == 200


async def _note(log: AuditLog, count: int, *, is_authorized: bool = True) -> None:
    for number in range(count):
        tried = attempt(ALL["DeleteApp"], appId=f"app-{number}")
        tried.is_authorized = is_authorized
        await log.note(tried, 204 if is_authorized else 401)


def test_all_is_written_when_the_log_is_closed_and_old_entries_go(tmp_path: Path) -> None:
    settings = CloudSettings(tmp_path)
    store = Store.open_sqlite(settings.database_file)
    log = AuditLog(settings=settings, store=store)
    log.start()
    asyncio.run(_note(log, 3000))
    log.close()

    def count() -> int:
        with store.read() as connection:
            return len(state.latest(connection, limit=100_000))

    assert count() == 3000
    with store.write() as connection:
        long_ago = datetime.now(UTC) - timedelta(days=366)
        state.add(
            connection, [AuditRecord(long_ago, None, "token x (1)", "DeleteApp", {}, 204, "r")]
        )
    assert log.forget_old() == 1
    assert count() == 3000
    store.close()


def test_what_cannot_be_written_down_is_in_the_log_of_the_cloud(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise InternalServerError("the disk is full")

    monkeypatch.setattr("hathora_deploy.cloud.audit._TRIES", 1)
    monkeypatch.setattr("hathora_deploy.cloud.state.audit.add", fail)
    settings = CloudSettings(tmp_path)
    store = Store.open_sqlite(settings.database_file)
    log = AuditLog(settings=settings, store=store)
    log.start()
    asyncio.run(_note(log, 1))
    forged = attempt(ALL["DeleteApp"], appId="app-1")
    forged.caller = "token x\n2026-11-22 ERROR the disk is full (1)"
    asyncio.run(log.note(forged, 204))
    log.close()
    store.close()
    assert "misses DeleteApp {'appId': 'app-0'} by token x (1), 204" in caplog.text
    assert not any("\n" in message for message in caplog.messages)
    assert caplog.messages[-1] == "the audit log misses 2 calls since it was written last"


def test_whoever_has_no_token_fills_no_disk_with_refusals(tmp_path: Path) -> None:
    settings = CloudSettings(tmp_path)
    store = Store.open_sqlite(settings.database_file)
    now = 1000.0
    log = AuditLog(settings=settings, store=store, clock=lambda: now)
    log.start()
    asyncio.run(_note(log, 3000, is_authorized=False))
    asyncio.run(_note(log, 1))
    now += 1 / audit.STRANGERS.per_second
    asyncio.run(_note(log, 1, is_authorized=False))
    log.close()
    with store.read() as connection:
        found = state.latest(connection, limit=100_000)
    store.close()
    assert len(found) == audit.STRANGERS.burst + 2
    assert found[-2].status == 204
    assert found[-1].subject == {"appId": "app-0", "leftOutBefore": "2000"}
