"""Applications that come from other clouds, over a real socket, in each home of state."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from hathora_deploy.api.apps import (
    ApplicationServiceConfig,
    AuthConfiguration,
    Enabled,
    StaticProcessAllocationConfig,
)
from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.deployments import EnvironmentVariable
from hathora_deploy.api.errors import Conflict, NotFound, Unauthorized, UnprocessableEntity
from hathora_deploy.api.imports import (
    AppExport,
    ExportedApp,
    ExportedBuild,
    ExportedDeployment,
    ImportedApp,
)
from hathora_deploy.api.lobbies import LobbyVisibility
from hathora_deploy.api.network import ContainerPort, Region, TransportType
from hathora_deploy.api.tokens import Scope
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.allocator import Allocator
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import Running, build, game, some_name
from tests.cloud.handlers.contents import everything
from tests.cloud.handlers.studio import new_org

MADE = datetime(2024, 5, 1, 12, 30, 15, 250_000, tzinfo=UTC)
KEPT = StaticProcessAllocationConfig(
    region=Region.SEATTLE, min_processes=1, target_processes=1, max_processes=1_000_000
)


def exported(deployments: int = 3, **app: Any) -> AppExport:
    """An application that has deployed every minute; its ids are used for the first time."""
    stem = uuid.uuid4().hex[:8]
    builds = [
        ExportedBuild(
            build_id=f"{stem}-build-{number}",
            status=BuildStatus.SUCCEEDED,
            created_by="google-oauth2|1070",
            created_at=MADE + timedelta(minutes=number),
            image_size=12_345,
            build_tag=f"v{number}",
        )
        for number in range(deployments)
    ]
    application = ExportedApp(
        **{
            "app_id": f"app-{stem}",
            "app_name": f"arena-{stem}",
            "app_secret": Secret(f"secret-{stem}-long-enough-to-sign-with"),
            "auth_configuration": AuthConfiguration(anonymous=Enabled()),
            "created_by": "google-oauth2|1070",
            "created_at": MADE,
            **app,
        }
    )
    return AppExport(
        application=application,
        deployments=[
            ExportedDeployment(
                app_id=application.app_id,
                deployment_id=f"dep-{stem}-{number}",
                build_id=each.build_id,
                build_tag=each.build_tag,
                deployment_tag=f"season-{number}",
                requested_cpu=1.5,
                requested_memory_mb=3072,
                default_container_port=ContainerPort(
                    name="default", port=7777, transport_type=TransportType.UDP
                ),
                additional_container_ports=[],
                rooms_per_process=4,
                env=[EnvironmentVariable(name="MOTD", value=Secret(f"a=b, {number}"))],
                idle_timeout_enabled=False,
                created_by="ci",
                created_at=each.created_at,
                fleet_id="fleet-of-the-other-cloud",
            )
            for number, each in enumerate(builds)
        ],
        builds=builds,
    )


def take(client: HathoraCloud, app: AppExport) -> ImportedApp:
    return client.imports_v1.import_app(
        application=app.application, deployments=app.deployments, builds=app.builds
    )


def kept(running: Running) -> dict[str, list[str]]:
    """All that is in the database, but for what moves by itself: the heartbeats of clouds."""
    return {name: rows for name, rows in everything(running.cloud).items() if name != "nodes"}


def changed(app: AppExport, **deployment: Any) -> AppExport:
    """With another latest deployment."""
    last = app.deployments[-1].model_copy(update=deployment)
    return app.model_copy(update={"deployments": [*app.deployments[:-1], last]})


def ids(found: Sequence[Any]) -> list[str]:
    return [each.deployment_id for each in found]


def test_an_app_has_the_id_the_secret_and_the_history_it_had(running: Running) -> None:
    app = exported()

    done = take(running.client, app)

    assert (done.is_new, done.deployments, done.builds) == (True, 3, 3)
    here = running.client_with(app_id=app.application.app_id)
    found = here.apps_v2.get_app()
    assert found.app_secret == app.application.app_secret
    assert (found.app_name, found.created_at) == (app.application.app_name, MADE)
    assert found.auth_configuration == app.application.auth_configuration
    history = here.deployments_v3.get_deployments().deployments
    assert ids(history) == ids(app.deployments)[::-1]
    latest, before = history[0], app.deployments[-1]
    told = before.model_dump(mode="json")
    assert {**latest.model_dump(mode="json"), "fleetId": told["fleetId"]} == told
    assert latest.fleet_id == running.client.organizations_v1.get_orgs().orgs[0].default_fleet_id
    old = here.builds_v3.get_build(build_id=latest.build_id)
    assert (old.status, old.build_tag, old.image_size) == (BuildStatus.SUCCEEDED, "v2", 12_345)
    assert old.expired_at is not None


def test_a_player_goes_on_with_the_token_that_the_other_cloud_gave(running: Running) -> None:
    app = exported()
    token = jwt.encode(
        {"type": "anonymous", "id": "wh08ycwy2p9", "name": "jittery-gull", "iat": 1689349197},
        app.application.app_secret.reveal(),
        "HS256",
    )
    take(running.client, app)
    player = running.client_with(app_id=app.application.app_id)

    lobby = player.lobbies_v3.create_lobby(
        token, region=Region.SEATTLE, visibility=LobbyVisibility.LOCAL
    )

    assert lobby.created_by == "wh08ycwy2p9"


def test_the_order_of_an_export_does_not_matter(running: Running) -> None:
    app = exported()
    shuffled = [app.deployments[1], app.deployments[2], app.deployments[0]]

    take(running.client, app.model_copy(update={"deployments": shuffled}))

    here = running.client_with(app_id=app.application.app_id)
    assert here.deployments_v3.get_latest_deployment().deployment_tag == "season-2"


def test_an_app_that_is_here_already_stays_as_it_is(running: Running) -> None:
    app = exported()
    take(running.client, app)
    before = kept(running)

    again = take(running.client, changed(app, deployment_id="dep-later", rooms_per_process=9))

    assert (again.is_new, again.deployments, again.builds) == (False, 0, 0)
    assert kept(running) == before


def test_an_app_that_was_deleted_here_comes_back(running: Running) -> None:
    app = exported()
    take(running.client, app)
    here = running.client_with(app_id=app.application.app_id)
    here.apps_v2.delete_app()

    assert take(running.client, app).is_new

    assert here.apps_v2.get_app().app_secret == app.application.app_secret
    assert len(here.deployments_v3.get_deployments().deployments) == 3


def test_an_app_of_the_same_id_and_another_secret_is_refused(running: Running) -> None:
    app = exported()
    take(running.client, app)
    other = app.application.model_copy(update={"app_secret": Secret("some-other-secret")})

    with pytest.raises(Conflict, match="another app"):
        take(running.client, app.model_copy(update={"application": other}))


def test_an_app_of_another_organization_is_refused_in_the_same_words(running: Running) -> None:
    app = exported()
    take(running.client, app)
    said = []
    for secret in (app.application.app_secret, Secret("some-other-secret")):
        guess = app.application.model_copy(update={"app_secret": secret})
        with pytest.raises(Conflict) as refused:
            take(running.other_org(), app.model_copy(update={"application": guess}))
        said.append(refused.value.message)

    assert said[0] == said[1]


def test_nothing_is_left_of_an_import_that_is_refused_at_its_end(running: Running) -> None:
    taken = exported()
    take(running.client, taken)
    before = kept(running)
    app = changed(exported(), deployment_id=taken.deployments[0].deployment_id)

    with pytest.raises(Conflict, match=r"dep-.* of another app"):
        take(running.client, app)

    assert kept(running) == before


def test_apps_of_an_organization_may_share_a_build(running: Running) -> None:
    first, second = exported(), exported()
    shared = changed(second, build_id=first.builds[0].build_id)

    take(running.client, first)
    take(running.client, shared.model_copy(update={"builds": [*second.builds, first.builds[0]]}))


def test_a_build_that_has_its_files_here_keeps_the_id_and_is_not_taken_for_the_imported_one(
    running: Running,
) -> None:
    own, log = build(running.client, game())
    assert own.status == "succeeded", log
    app = exported()
    same_id = app.builds[-1].model_copy(update={"build_id": own.build_id})
    app = changed(app, build_id=own.build_id)

    take(running.client, app.model_copy(update={"builds": [*app.builds[:-1], same_id]}))

    assert running.client.builds_v3.get_build(build_id=own.build_id) == own
    here = running.client_with(app_id=app.application.app_id)
    with pytest.raises(UnprocessableEntity, match="without its files"):
        here.rooms_v2.create_room(region=Region.SEATTLE)


def test_what_would_run_an_imported_build_says_that_it_has_no_files(running: Running) -> None:
    app = exported()
    take(running.client, app)
    here = running.client_with(app_id=app.application.app_id)
    latest = app.deployments[-1]

    for attempt in (
        lambda: here.rooms_v2.create_room(region=Region.SEATTLE),
        lambda: here.processes_v3.create_process(region=Region.SEATTLE),
        lambda: here.builds_v3.run_build(build_id=latest.build_id),
        lambda: here.deployments_v3.create_deployment(
            build_id=latest.build_id,
            requested_cpu=1,
            requested_memory_mb=1024,
            container_port=7777,
            transport_type=TransportType.UDP,
            rooms_per_process=1,
            env=[],
            idle_timeout_enabled=True,
        ),
    ):
        with pytest.raises(UnprocessableEntity) as refused:
            attempt()
        assert refused.value.message.startswith(
            f"build {latest.build_id} was imported without its files: deploy"
        )


def test_the_id_of_an_imported_build_is_free_for_the_files_that_come(running: Running) -> None:
    app = exported()
    take(running.client, app)
    latest = app.deployments[-1]

    running.client.builds_v3.delete_build(build_id=latest.build_id)
    running.client.builds_v3.create_build(build_id=latest.build_id, build_size_in_bytes=10)

    here = running.client_with(app_id=app.application.app_id)
    assert here.deployments_v3.get_latest_deployment().build_id == latest.build_id
    with pytest.raises(UnprocessableEntity, match="without its files"):
        here.rooms_v2.create_room(region=Region.SEATTLE)


def test_processes_are_kept_from_the_first_deploy_on_and_no_more_than_fit(
    running: Running,
) -> None:
    config = ApplicationServiceConfig(static_process_allocation=[KEPT])
    app = exported(service_config=config)

    done = take(running.client, app)

    assert done.application.service_config is not None
    (allocation,) = done.application.service_config.static_process_allocation
    assert (allocation.target_processes, allocation.max_processes) == (
        1,
        len(running.cloud.settings.game_ports),
    )
    here = running.client_with(app_id=app.application.app_id)
    Allocator(store=running.cloud.store).step(datetime.now(UTC))
    assert here.processes_v3.get_latest_processes() == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"app_id": "app-of-others"}, r"deployments\[2\].appId: app-of-others is another app"),
        ({"build_id": "lost"}, r"deployments\[2\].buildId: lost is not in builds"),
        ({"requested_cpu": 0.0}, r"deployments\[2\].requestedCPU: "),
        ({"deployment_id": "../etc"}, r"deployments\.2\.deploymentId: "),
        (
            {"env": [EnvironmentVariable(name="MOTD", value=Secret("a\0b"))]},
            r"deployments\[2\].env: MOTD: a zero byte",
        ),
    ],
)
def test_what_no_cloud_could_have_deployed_is_refused_with_its_place(
    running: Running, values: dict[str, Any], said: str
) -> None:
    before = kept(running)

    with pytest.raises(UnprocessableEntity, match=said):
        take(running.client, changed(exported(), **values))

    assert kept(running) == before


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_nobody_could_read_again_is_refused(running: Running, moment: str) -> None:
    out_of_calendar = datetime.fromisoformat(moment)
    before = kept(running)

    app = exported()
    made = app.application.model_copy(update={"created_at": out_of_calendar})
    with pytest.raises(UnprocessableEntity, match=r"application\.createdAt: "):
        take(running.client, app.model_copy(update={"application": made}))
    with pytest.raises(UnprocessableEntity, match=r"deployments\.2\.createdAt: "):
        take(running.client, changed(exported(), created_at=out_of_calendar))

    assert kept(running) == before


def test_the_name_of_another_app_is_refused(running: Running) -> None:
    running.new_app(name := some_name())

    with pytest.raises(UnprocessableEntity, match=f"there is an app named '{name}' already"):
        take(running.client, exported(app_name=name))


def test_only_an_admin_writes_history(running: Running) -> None:
    org = new_org(running)
    every_other = [str(scope) for scope in Scope if scope != Scope.BILLING_READ_WRITE]

    with pytest.raises(Unauthorized, match="admin"):
        take(running.client_with(org.token(every_other)), exported())
    with pytest.raises(NotFound, match="no organization"):
        running.client.imports_v1.import_app(
            application=exported().application, deployments=[], builds=[], org_id=org.org_id
        )


def test_a_history_may_be_larger_than_other_bodies(running: Running) -> None:
    filler = [EnvironmentVariable(name=f"FILLER_{n}", value=Secret("x" * 5000)) for n in range(10)]
    app = exported(100)
    large = [each.model_copy(update={"env": filler}) for each in app.deployments]

    done = take(running.client, app.model_copy(update={"deployments": large}))

    assert done.deployments == 100
