"""Every function of the TypeScript SDK, and the client's method for it, on one real cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hathora_deploy.api.operation import Auth
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.routes import DEPRECATED_ROUTES, ROUTES
from hathora_deploy.cloud.settings import CloudSettings
from tests.cloud.handlers.conftest import Running
from tests.cloud.handlers.test_google_login import publishing
from tests.cloud.serving import served
from tests.end_to_end.parity import changes, deprecated_changes, play_changes, samples
from tests.end_to_end.parity.agreement import disagreement
from tests.end_to_end.parity.deprecated_reads import DEPRECATED_READS
from tests.end_to_end.parity.operations import OPERATIONS
from tests.end_to_end.parity.python_client import PythonClient, snake_case
from tests.end_to_end.parity.reads import READS
from tests.end_to_end.parity.samples import Extent
from tests.end_to_end.parity.sdk import Sdk
from tests.end_to_end.parity.told import Call, Refusal, Target, Told
from tests.end_to_end.parity.twins import Twins
from tests.end_to_end.parity.world import Caller, World

# What is deprecated is called on purpose here.
pytestmark = pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")

ROUTED = {route.shape.operation.__name__ for route in (*ROUTES, *DEPRECATED_ROUTES)}
SERVED = [name for name in OPERATIONS if name in ROUTED]
GONE = [name for name in OPERATIONS if name not in ROUTED]
NAMING = [
    name
    for name in SERVED
    # An app that is not there has no lobbies either: the contract lists no 404 for these.
    if OPERATIONS[name].shape.in_path and not name.startswith("ListActivePublicLobbies")
]
READING = READS | DEPRECATED_READS
CHANGING = [name for name in SERVED if name not in READING]
SCENARIOS = vars(changes) | vars(play_changes) | vars(deprecated_changes)


@dataclass(frozen=True)
class Both:
    """Both clients, and a world that they share."""

    sdk: Sdk
    client: PythonClient
    target: Target
    world: World

    def tell(self, call: Call, *, token: str | None = None) -> tuple[Told, Told]:
        """What each makes of a call."""
        target = Target(self.target.endpoint, token, app_id="app-of-nobody")
        return self.sdk.tell(target, call), self.client.tell(target, call)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with publishing() as google:
        settings = CloudSettings(
            data_dir=tmp_path_factory.mktemp("cloud"),
            runtime="process",
            start_timeout=20,
            stop_grace=2,
            google_keys_url=google.url,
        )
        cloud = Cloud.open(settings)
        cloud.start()
        with served(create_app(cloud)) as endpoint:
            own = HathoraCloud(settings.token_file.read_text(), endpoint=endpoint)
            yield World(Running(cloud, endpoint, own), google)
            cloud.close()


@pytest.fixture(scope="module")
def both(sdk_folder: Path, world: World) -> Iterator[Both]:
    token = world.running.cloud.settings.token_file.read_text(encoding="utf-8")
    target = Target(world.running.endpoint, token)
    with Sdk(sdk_folder) as sdk, PythonClient(sdk.resources) as client:
        yield Both(sdk, client, target, world)


@pytest.mark.parametrize("operation", READING)
def test_both_read_the_same(both: Both, operation: str) -> None:
    call = Call(operation, READING[operation](both.world))
    seen = both.sdk.tell(both.target, call)

    assert not isinstance(seen, Refusal)
    assert disagreement(operation, seen, both.client.tell(both.target, call)) is None


@pytest.mark.parametrize("operation", CHANGING)
def test_what_both_change_is_alike_afterwards(both: Both, operation: str) -> None:
    scenario = SCENARIOS.get(snake_case(operation))
    assert scenario, f"there is no scenario for {operation}"
    by_sdk = list(scenario(both.world, Caller(both.sdk.tell, both.target)))
    by_client = list(scenario(both.world, Caller(both.client.tell, both.target)))

    assert list(Twins().differences(by_sdk, by_client)) == []


@pytest.mark.parametrize("operation", GONE)
def test_both_are_told_alike_what_this_cloud_does_not_serve(both: Both, operation: str) -> None:
    fields = samples.fields(OPERATIONS[operation], Extent.FULL)
    if "appId" in fields:
        fields["appId"] = both.world.app_id  # its players are known
    call = Call(operation, fields, both.world.player(both.world.app_id))
    seen, by_client = both.tell(call, token=both.target.token)

    assert isinstance(seen, Refusal)
    assert seen.status == 410
    assert disagreement(operation, seen, by_client) is None


@pytest.mark.parametrize("operation", NAMING)
def test_both_are_told_alike_that_what_they_name_is_not_there(both: Both, operation: str) -> None:
    fields = samples.fields(OPERATIONS[operation], Extent.MINIMAL)
    player = both.world.player(both.world.app_id)
    call = Call(operation, fields, player)
    seen, by_client = both.tell(call, token=both.target.token)

    # An ApiError is of a status that the operation lists.
    assert isinstance(seen, Refusal)
    assert seen.kind == "ApiError", seen
    assert disagreement(operation, seen, by_client) is None


@pytest.mark.parametrize(
    "operation", [name for name in SERVED if OPERATIONS[name].shape.auth is Auth.ORGANIZATION]
)
def test_both_are_told_alike_that_a_token_is_needed(both: Both, operation: str) -> None:
    call = Call(operation, samples.fields(OPERATIONS[operation], Extent.MINIMAL))
    seen, by_client = both.tell(call)

    assert isinstance(seen, Refusal)
    assert (seen.kind, seen.status) == ("ApiError", 401)
    assert disagreement(operation, seen, by_client) is None
