"""The cloud keeps to its own document, whatever it is sent."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hathora_deploy.api.apps import AuthConfiguration, Enabled
from hathora_deploy.api.catalog import ALL
from hathora_deploy.api.lobbies import LobbyVisibility
from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.routes import DEPRECATED_ROUTES, ROUTES
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import archive, build, deploy, eventually, game

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
    "use_after_free",
)
SERVED = {route.shape.operation for route in (*ROUTES, *DEPRECATED_ROUTES)}
Ids = Mapping[str, Sequence[str | int | float]]


@dataclass(frozen=True)
class World:
    """What is there on a cloud, so that it has more to answer than 404."""

    player: Secret
    known: Ids
    """By the name of a parameter or field."""
    exceptions: Mapping[str, Ids]
    """For operations whose names match: they get what the others can spare."""


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[RunningCloud]:
    settings = CloudSettings(tmp_path / "cloud", runtime="process", port=0, start_timeout=5)
    yield daemon.start(settings)
    daemon.stop(tmp_path / "cloud")


@pytest.fixture
def world(cloud: RunningCloud) -> World:
    client, quiet, spare = (_client_of_an_app(cloud, name) for name in ("busy", "quiet", "spare"))
    org_id = client.apps_v2.get_app().org_id
    deployment, silent = deploy(client, game(), rooms_per_process=10_000), deploy(quiet, game())
    player = client.auth_v1.login_anonymous().token
    place = Region.TOKYO
    lobby = client.lobbies_v3.create_lobby(
        player, region=place, visibility=LobbyVisibility.PUBLIC, short_code="LFG4"
    )
    room = client.rooms_v2.create_room(region=place)
    eventually(
        lambda: client.rooms_v2.get_connection_info(room_id=room.room_id).status,
        lambda status: status == "active",
    )
    spare_rooms = [client.rooms_v2.create_room(region=place).room_id for _ in range(4)]
    spare_processes = [client.processes_v3.create_process(region=place).process_id] * 2
    ended = quiet.processes_v3.create_process(region=place).process_id
    quiet.processes_v3.stop_process(process_id=ended)
    failed, _ = build(client, archive("FROM x\nRUN y\n"))
    pulled = client.builds_v3.create_build_registry()
    token = client.tokens_v1.create_org_token(org_id=org_id, name="spare").org_token
    lease_id = "a lease that nobody guesses"
    client.leases_v1.acquire_lease(lease_id=Secret(lease_id), holder="ci", lifetime_seconds=60)
    return World(
        player,
        known={
            "appId": [client.app_id],
            "orgId": [org_id],
            "buildId": [deployment.build_id],
            "deploymentId": [deployment.deployment_id],
            "processId": [room.process_id],
            "roomId": [room.room_id, lobby.room_id],
            "shortCode": ["LFG4"],
            "fleetId": [client.fleets_v2.get_fleets().fleets[0].fleet_id],
            "orgTokenId": [token.org_token_id],
            "leaseId": [lease_id],
            "userEmail": ["somebody@example.com"],
            "buildSizeInBytes": [1, 2_000],
            "requestedCPU": [0.5],
            "requestedMemoryMB": [512],
            "scaleUpThreshold": [80],
            "image": ["ghcr.io/studio/game:1"],
            "tailLines": [10],
        },
        exceptions={
            "(Patch|Update|Delete)App.*": {"appId": [spare.app_id]},
            "CreateDeployment.*": {"appId": [quiet.app_id]},
            "DeleteBuild": {"buildId": [failed.build_id]},
            "RunBuildRegistry": {"buildId": [pulled.build_id]},
            "(Destroy|Suspend)Room.*": {"roomId": spare_rooms},
            "StopProcess.*": {"processId": spare_processes},
            # One that follows the log of what runs never ends.
            ".*Logs?For.*": {
                "appId": [quiet.app_id],
                "processId": [ended],
                "deploymentId": [silent.deployment_id],
            },
            ".*(Build|Deployment)(Info)?(V[12])?Deprecated": {"buildId": [1], "deploymentId": [1]},
        },
    )


def _client_of_an_app(cloud: RunningCloud, name: str) -> HathoraCloud:
    client = HathoraCloud(cloud.token, endpoint=cloud.endpoint)
    logins = AuthConfiguration(anonymous=Enabled(), nickname=Enabled())
    app = client.apps_v2.create_app(app_name=name, auth_configuration=logins)
    return HathoraCloud(cloud.token, endpoint=cloud.endpoint, app_id=app.app_id)


def configuration(world: World, token: Secret) -> str:
    """What schemathesis is told: tokens, and what to put where."""
    dictionaries, bindings = {}, []
    for number, ids in enumerate((world.known, *world.exceptions.values())):
        dictionaries |= {f"{name}{number}": values for name, values in ids.items()}
        bindings.append(
            [
                f'"{place}.{name}" = {{ dictionary = "{name}{number}", probability = 0.9 }}'
                for name in ids
                for place in ("path", "query", "body")
            ]
        )
    lines = [
        "[auth.openapi]",
        f"hathoraDevToken = {{ bearer = {json.dumps(token.reveal())} }}",
        f"playerAuth = {{ bearer = {json.dumps(world.player.reveal())} }}",
        "[dictionaries]",
        *(f"{name} = {{ values = {json.dumps(ids)} }}" for name, ids in dictionaries.items()),
        "[parameters]",
        *bindings[0],
    ]
    for pattern, bound in zip(world.exceptions, bindings[1:], strict=True):
        lines += ["[[operations]]", f"include-operation-id-regex = '^({pattern})$'"]
        lines += ["[operations.parameters]", *bound]
    return "\n".join(lines) + "\n"


@pytest.mark.timeout(600)
def test_the_cloud_keeps_to_its_own_document(
    cloud: RunningCloud, world: World, tmp_path: Path
) -> None:
    settings, report = tmp_path / "schemathesis.toml", tmp_path / "report.har"
    settings.write_text(configuration(world, cloud.token))
    unserved = [name for name, operation in ALL.items() if operation not in SERVED]
    command = [
        Path(sys.executable).with_name("st"),
        f"--config-file={settings}",
        "run",
        f"{cloud.endpoint}/openapi.json",
        f"--checks={','.join(CHECKS)}",
        "--max-examples=5",
        "--workers=2",
        "--generation-deterministic",
        "--request-timeout=30",
        "--continue-on-failure",
        "--suppress-health-check=all",
        "--warnings=off",
        "--no-color",
        "--report=har",
        f"--report-har-path={report}",
        *(f"--exclude-operation-id={name}" for name in unserved),
    ]

    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    answered = answers(report)
    assert answered.keys() == {operation.__name__ for operation in SERVED}
    succeeded = {name for name in answered if ALL[name].shape.status in answered[name]}
    missed = sorted(answered.keys() - succeeded)
    assert len(missed) < len(answered) / 4, f"it has met nothing but refusals: {missed}"


def answers(report: Path) -> Mapping[str, set[int]]:
    """The statuses that each operation has answered with."""
    found = defaultdict(set)
    shapes = [operation.shape for operation in ALL.values()]
    shapes.sort(key=lambda shape: [step.startswith("{") for step in shape.path.split("/")])
    patterns = [(shape, re.compile(re.sub(r"\{\w+\}", "[^/]*", shape.path))) for shape in shapes]
    for entry in json.loads(report.read_text())["log"]["entries"]:
        method, path = entry["request"]["method"], urlsplit(entry["request"]["url"]).path
        for shape, pattern in patterns:
            if shape.method == method and pattern.fullmatch(path):
                found[shape.operation.__name__].add(entry["response"]["status"])
                break
    return found
