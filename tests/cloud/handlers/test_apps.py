from __future__ import annotations

import pytest

from hathora_deploy.api.apps import AuthConfiguration, Enabled
from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.state import processes
from tests.cloud.handlers.conftest import Running, deploy, eventually, some_name


def test_an_app_has_a_secret_of_its_own_and_is_listed(running: Running) -> None:
    first, second = some_name(), some_name()
    one, two = running.new_app(first), running.new_app(second)

    listed = {app.app_name: app for app in running.client.apps_v2.get_apps().applications}

    assert listed[first].app_id == one.app_id
    assert listed[first].app_secret != listed[second].app_secret
    assert listed[first].deployment is None
    assert two.apps_v2.get_app().app_name == second


def test_two_apps_never_share_a_name(running: Running) -> None:
    running.new_app(name := some_name())

    with pytest.raises(UnprocessableEntity, match=f"an app named '{name}' already"):
        running.new_app(name)


def test_an_app_of_another_organization_is_not_found(
    running: Running, client: HathoraCloud
) -> None:
    other = running.other_org()

    with pytest.raises(NotFound, match="in your organization"):
        other.apps_v2.get_app(app_id=str(client.app_id))
    assert other.apps_v2.get_apps().applications == []


def test_a_patch_changes_what_it_names_and_leaves_the_rest(client: HathoraCloud) -> None:
    client.apps_v2.patch_app(auth_configuration=AuthConfiguration(anonymous=Enabled()))
    client.apps_v2.patch_app(app_name=(name := some_name()))

    app = client.apps_v2.get_app()

    assert app.app_name == name
    assert app.auth_configuration.anonymous is not None


def test_an_update_replaces_the_settings(client: HathoraCloud) -> None:
    client.apps_v2.patch_app(auth_configuration=AuthConfiguration(anonymous=Enabled()))

    app = client.apps_v2.update_app(app_name=some_name(), auth_configuration=AuthConfiguration())

    assert app.auth_configuration.anonymous is None


def test_the_list_shows_what_an_app_would_run(running: Running, client: HathoraCloud) -> None:
    deployment = deploy(client)

    listed = {app.app_id: app for app in running.client.apps_v2.get_apps().applications}

    shown = listed[str(client.app_id)].deployment
    assert shown is not None
    assert shown.deployment_id == deployment.deployment_id
    assert shown.build.build_id == deployment.build_id


def test_deleting_an_app_stops_its_processes_and_frees_its_name(
    running: Running,
) -> None:
    client = running.new_app(name := some_name())
    deploy(client)
    room = client.rooms_v2.create_room(region=Region.SEATTLE)
    eventually(
        lambda: client.processes_v3.get_process(process_id=room.process_id),
        lambda process: process.status == "running",
    )

    client.apps_v2.delete_app()

    with pytest.raises(NotFound):
        client.apps_v2.get_app()

    def is_live() -> bool:
        with running.cloud.store.read() as connection:
            return any(
                process.process_id == room.process_id for process in processes.live(connection)
            )

    eventually(is_live, lambda live: not live)
    running.new_app(name)
