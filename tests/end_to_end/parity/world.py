"""Things that exist on a cloud, for both clients to see."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from hathora_deploy.api.apps import AuthConfiguration, Enabled
from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.lobbies import LobbyV3, LobbyVisibility
from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.api.rooms import RoomConnectionData, RoomReadyStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import users
from tests.cloud.handlers.conftest import Running, build, eventually, game
from tests.cloud.handlers.test_google_login import Google
from tests.end_to_end.parity.operations import OPERATIONS
from tests.end_to_end.parity.told import Call, Json, Target, Told, Value

REGION = Region.TOKYO


@dataclass(frozen=True)
class Caller:
    """One of the two clients, and the options it is made with."""

    tell: Callable[[Target, Call], Told]
    target: Target

    def __call__(self, operation: str, *, player: str | None = None, **fields: Json) -> Json:
        """What is returned; a refusal fails the test."""
        told = self.tell(self.target, Call(operation, fields, player))
        assert isinstance(told, Value), f"{operation}: {told}"
        return told.value

    def as_(self, target: Target) -> Caller:
        """The same client, made with other options."""
        return Caller(self.tell, target)


@dataclass
class World:
    """What there is on a cloud. Each thing is made when somebody first asks for it."""

    running: Running
    google: Google
    """Whose keys the cloud has."""
    _names: itertools.count[int] = field(default_factory=itertools.count)

    @cached_property
    def client(self) -> HathoraCloud:
        """Its app is the one whose things are read, and never changed."""
        return self.running.client_with(app_id=self.new_app())

    @property
    def app_id(self) -> str:
        return str(self.client.app_id)

    @cached_property
    def org_id(self) -> str:
        return self.client.organizations_v1.get_orgs().orgs[0].org_id

    @cached_property
    def build(self) -> BuildV3:
        """It has succeeded."""
        built, log = build(self.client, game())
        assert built.status == "succeeded", log
        return built

    @cached_property
    def old_build(self) -> int:
        """The number by which deprecated operations know the build."""
        builds = self.see("GetBuildsDeprecated", appId=self.deployment.app_id)
        return int(builds[0]["buildId"])

    @cached_property
    def deployment(self) -> DeploymentV3:
        return self.new_deployment(self.app_id)

    @cached_property
    def room(self) -> RoomConnectionData:
        """Players can connect to it."""
        return self.new_room(self.deployment.app_id)

    @cached_property
    def stopped(self) -> ProcessV3:
        """A process that was stopped."""
        room = self.new_room(self.deployment.app_id)
        self.stop(self.app_id, room.process_id)
        return self.client.processes_v3.get_process(process_id=room.process_id)

    @cached_property
    def fleet_id(self) -> str:
        return self.client.fleets_v2.get_fleets().fleets[0].fleet_id

    @cached_property
    def node_id(self) -> str:
        nodes = self.client.nodes_v1.list_provisioned_nodes(fleet_id=self.fleet_id)
        return nodes[0].node_id

    @cached_property
    def a_while_ago(self) -> dict[str, Json]:
        """Limits of a time that has gone by, in Unix seconds."""
        end = int(time.time()) - 60
        return {"start": end - 600, "end": end}

    @cached_property
    def lobby(self) -> LobbyV3:
        """It is public, and listed."""
        lobby = self.client.lobbies_v3.create_lobby(
            self.player(self.deployment.app_id),
            region=REGION,
            visibility=LobbyVisibility.PUBLIC,
            room_config="{}",
            short_code="LFG ü/1",
        )
        self.wait_for_room(self.app_id, lobby.room_id)
        return lobby

    def player(self, app_id: str) -> str:
        """The token of somebody who has logged in."""
        return self.client.auth_v1.login_nickname(app_id=app_id, nickname="Zoë").token.reveal()

    def user(self, email: str) -> Target:
        """Somebody who has an account."""
        token = users.add_user(self.running.cloud.settings, email, None)
        return Target(self.running.endpoint, token.reveal())

    def see(self, operation: str, **fields: Json) -> Json:
        """What an operation tells now, whoever asks."""
        declared = OPERATIONS[operation]
        result = self.client.execute(declared.model_validate(fields))
        return declared.shape.result_adapter.dump_python(result, mode="json")

    def new_name(self) -> str:
        return f"twin-{next(self._names)}"

    def new_app(self) -> str:
        """The id of an app that players can log in to."""
        app = self.running.client.apps_v2.create_app(
            app_name=self.new_name(),
            auth_configuration=AuthConfiguration(anonymous=Enabled(), nickname=Enabled()),
        )
        return app.app_id

    def new_deployment(self, app_id: str) -> DeploymentV3:
        return self.client.deployments_v3.create_deployment(
            app_id=app_id,
            build_id=self.build.build_id,
            idle_timeout_enabled=False,
            env=[],
            rooms_per_process=1,
            transport_type=TransportType.UDP,
            container_port=7777,
            requested_memory_mb=512,
            requested_cpu=0.5,
        )

    def new_room(self, app_id: str) -> RoomConnectionData:
        """A room that players can connect to, in a process of its own."""
        room = self.client.rooms_v2.create_room(app_id=app_id, region=REGION, room_config="{}")
        self.wait_for_room(app_id, room.room_id)
        return room

    def wait_for_room(self, app_id: str, room_id: str) -> None:
        eventually(
            lambda: self.client.rooms_v2.get_connection_info(app_id=app_id, room_id=room_id).status,
            lambda status: status == RoomReadyStatus.ACTIVE,
        )

    def wait_for_process(self, app_id: str, process_id: str, status: ProcessStatus) -> None:
        eventually(
            lambda: (
                self.client.processes_v3.get_process(app_id=app_id, process_id=process_id).status
            ),
            lambda seen: seen == status,
        )

    def stop(self, app_id: str, process_id: str) -> None:
        self.client.processes_v3.stop_process(app_id=app_id, process_id=process_id)
        self.wait_for_process(app_id, process_id, ProcessStatus.STOPPED)
