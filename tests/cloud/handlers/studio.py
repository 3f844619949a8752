"""An organization that has one of everything, and calls that name what it has."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from hathora_deploy.api.apps import AuthConfiguration, Enabled
from hathora_deploy.api.fields import Kind, fields_of, types_of
from hathora_deploy.api.lobbies import LobbyVisibility
from hathora_deploy.api.network import Region
from hathora_deploy.api.operation import Operation
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import organization, users
from hathora_deploy.cloud.identity import issue_token
from hathora_deploy.cloud.state import invites, members
from hathora_deploy.cloud.state.invites import InviteRecord
from hathora_deploy.cloud.state.members import GrantedScopes, MemberRecord
from hathora_deploy.cloud.state.tables import build_numbers, builds, deployments
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import Running, deploy, eventually
from tests.cloud.handlers.examples import example_of


@dataclass(frozen=True)
class Org:
    """An organization, with a token that may do everything."""

    running: Running
    org_id: str
    admin: str

    def token(self, scopes: list[str] | None) -> str:
        now = datetime.now(UTC)
        with self.running.cloud.store.write() as connection:
            _, text = issue_token(
                connection,
                org_id=self.org_id,
                name=uuid.uuid4().hex,
                created_by="test",
                now=now,
                scopes=scopes,
            )
        return text.reveal()

    def user(self, scopes: GrantedScopes | None) -> tuple[str, str]:
        """The email and a token of a new user, who is a member unless ``scopes`` is None."""
        email, now = f"{uuid.uuid4().hex[:8]}@example.com", datetime.now(UTC)
        token = users.add_user(self.running.cloud.settings, email, None).reveal()
        if scopes is not None:
            with self.running.cloud.store.write() as connection:
                members.add(connection, MemberRecord(self.org_id, email, scopes, "test", now, now))
        return email, token


@dataclass(frozen=True)
class Studio(Org):
    """What an organization has, by the names that fields have on the wire."""

    app: HathoraCloud
    has: dict[str, str]
    numbers: dict[str, int]
    player: str
    invited: str
    """A token of the user who is invited."""

    def call(self, operation: type[Operation[Any]]) -> Operation[Any]:
        """A call about what the studio has."""
        given: dict[str, Any] = {}
        for field in fields_of(operation):
            is_named = field.wire_name in operation.shape.in_path or field.wire_name == "orgId"
            if field.is_required or is_named:
                given[field.name] = self._value(field.wire_name, field.kind)
        return operation(**given)

    def _value(self, name: str, kind: Kind) -> Any:
        owned = self.numbers if int in types_of(kind) else self.has
        return owned[name] if name in owned else example_of(name, kind)


def new_org(running: Running) -> Org:
    now = datetime.now(UTC)
    with running.cloud.store.write() as connection:
        org = organization.found(connection, name="studio", now=now)
        _, token = issue_token(
            connection, org_id=org.org_id, name="root", created_by="test", now=now
        )
    return Org(running, org.org_id, token.reveal())


def new_studio(running: Running) -> Studio:
    org = new_org(running)
    admin = running.client_with(org.admin)
    logins = AuthConfiguration(anonymous=Enabled(), nickname=Enabled())
    app = running.client_with(
        org.admin, admin.apps_v2.create_app(app_name="game", auth_configuration=logins).app_id
    )
    app_id = str(app.app_id)
    deployment = deploy(app)
    player = app.auth_v1.login_anonymous().token.reveal()
    lobby = app.lobbies_v3.create_lobby(
        player, region=Region.SEATTLE, visibility=LobbyVisibility.PUBLIC
    )
    eventually(
        lambda: app.rooms_v2.get_connection_info(room_id=lobby.room_id),
        lambda info: info.status == "active",
    )
    process = app.processes_v3.get_latest_processes()[0]
    fleet = admin.fleets_v2.get_fleets(org_id=org.org_id).fleets[0]
    node = admin.nodes_v1.list_provisioned_nodes(fleet_id=fleet.fleet_id)
    token = admin.tokens_v1.create_org_token(org_id=org.org_id, name="ci").org_token
    lease_id = f"lease-{uuid.uuid4().hex}"
    app.leases_v1.acquire_lease(lease_id=Secret(lease_id), holder="ci", lifetime_seconds=60)
    email, invited = org.user(None)
    now = datetime.now(UTC)
    with running.cloud.store.write() as connection:
        invites.put(connection, InviteRecord(org.org_id, email, "viewer", "test", now))
        number = (
            connection.execute(
                select(build_numbers.c.number)
                .join(builds)
                .where(builds.c.build_id == deployment.build_id)
            ).scalar()
            or 1
        )
        deployment_number = connection.execute(
            select(deployments.c.number).where(
                deployments.c.deployment_id == deployment.deployment_id
            )
        ).scalar_one()
    return Studio(
        running=running,
        org_id=org.org_id,
        admin=org.admin,
        app=app,
        player=player,
        invited=invited,
        numbers={"buildId": number, "deploymentId": deployment_number},
        has={
            "appId": app_id,
            "buildId": deployment.build_id,
            "deploymentId": deployment.deployment_id,
            "fleetId": fleet.fleet_id,
            "leaseId": lease_id,
            "nodeId": node[0].node_id if node else "none",
            "orgId": org.org_id,
            "orgTokenId": token.org_token_id,
            "processId": process.process_id,
            "roomId": lobby.room_id,
            "shortCode": lobby.short_code,
            "userEmail": email,
        },
    )
