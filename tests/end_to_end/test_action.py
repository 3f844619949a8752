"""The example workflows, run by a runner of workflows against a real cloud."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.client import HathoraCloud
from tests.end_to_end.conftest import OwnCloud, tool_for
from tests.end_to_end.workflows import Repository, make_repository, program_of


@pytest.fixture(scope="module")
def own_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnCloud]:
    data_dir = tmp_path_factory.mktemp("action") / "cloud"
    cloud = OwnCloud(tool_for(data_dir), data_dir)
    try:
        cloud.start("--runtime", "process", HATHORA_CLOUD_START_TIMEOUT="6")
        yield cloud
    finally:
        cloud.stop()


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, own_cloud: OwnCloud) -> Iterator[Repository]:
    """A studio's; the environment of the action is made once, as on a runner of one's own."""
    repository = make_repository(tmp_path_factory.mktemp("studio"))
    repository.secrets = {"HATHORA_TOKEN": own_cloud.token}
    repository.variables = {
        "HATHORA_CLOUD_ENDPOINT": own_cloud.endpoint,
        "HATHORA_APP_ID": "game",
        "HATHORA_NIGHTLY_APP_ID": "nightly",
    }
    yield repository
    repository.end_clouds()


@pytest.fixture
def repository(studio: Repository) -> Repository:
    """Without what other tests have committed, or an earlier attempt at the same."""
    studio.begin_again()
    return studio


@pytest.fixture(scope="module")
def client(own_cloud: OwnCloud) -> HathoraCloud:
    """Of the app that is deployed to on each push."""
    client = own_cloud.client()
    apps = {
        name: client.apps_v2.create_app(app_name=name, auth_configuration=AuthConfiguration())
        for name in ("game", "arena", "lobby", "nightly")
    }
    return own_cloud.client(app_id=apps["game"].app_id)


def live(client: HathoraCloud) -> str:
    return client.deployments_v3.get_latest_deployment().deployment_id


def test_a_push_is_deployed_and_one_that_breaks_the_server_is_taken_back(
    repository: Repository, client: HathoraCloud, own_cloud: OwnCloud
) -> None:
    pushed = repository.run("push", "deploy.yml")
    assert pushed.code == 0, pushed.log
    first = live(client)
    assert pushed.outputs["deployment-id"] == first
    assert pushed.outputs["verified"] == "true"
    assert f"<code>{first}</code>" in pushed.summary
    assert own_cloud.token not in pushed.log
    assert "signature=" not in pushed.log

    repository.write("server/Dockerfile", "FROM scratch\nEXPOSE 7777/udp\nRUN echo '::error::no'\n")
    repository.commit("Break the build")
    broken = repository.run("push", "deploy.yml")
    assert broken.code != 0
    (error,) = broken.errors
    assert error["kvPairs"] == {
        "file": "server/Dockerfile",
        "line": "3",
        "title": "The build failed",
    }
    assert broken.outputs["build-status"] == "failed"
    assert "The end of the build log" in broken.summary
    assert live(client) == first

    repository.write(
        "server/Dockerfile",
        "FROM scratch\nEXPOSE 7777/udp\nCMD echo '##[error]by the server'; exit 3\n",
    )
    repository.commit("Break the server")
    silent = repository.run("push", "deploy.yml")
    assert [each["kvPairs"]["title"] for each in silent.errors] == ["It did not verify"]
    assert silent.outputs["rolled-back"] == "true"
    assert silent.outputs["deployment-id"] not in (first, live(client))
    assert f"as <code>{first}</code> was" in silent.summary
    restored = client.deployments_v3.get_latest_deployment()
    assert restored.build_id == pushed.outputs["build-id"]


def test_a_job_that_is_cancelled_takes_back_what_it_had_begun(
    repository: Repository, client: HathoraCloud
) -> None:
    before = client.deployments_v3.get_latest_deployment()
    repository.write("server/Dockerfile", "FROM scratch\nEXPOSE 7777/udp\nCMD exec sleep 600\n")
    repository.commit("Answer nobody")
    with repository.started("push", "deploy.yml") as run:
        assert run.stdout is not None
        for line in run.stdout:
            if "Verify in" in line:
                break
        program = program_of(run)
        assert program is not None, "the program has the shell's place, and hears of the end"
        program.send_signal(signal.SIGINT)
        log = run.stdout.read()
        run.wait(timeout=60)
    assert "title=Cancelled" in log
    assert "Roll back" in log
    restored = client.deployments_v3.get_latest_deployment()
    assert restored.deployment_id != before.deployment_id
    assert restored.build_id == before.build_id


def test_a_missing_token_is_said_to_be_missing(repository: Repository) -> None:
    run = repository.without_secrets().run("push", "deploy.yml")
    (error,) = run.errors
    assert error["kvPairs"]["title"] == "A setting is wrong or missing"
    assert "no token for it" in error["arg"]
    assert run.outputs["deployment-id"] == ""


def test_a_pull_request_of_a_fork_is_played_without_any_secret(
    repository: Repository, tmp_path: Path
) -> None:
    settings = repository.folder / "server" / "settings.py"
    settings.write_text(settings.read_text().replace("SECONDS = 20.0", "SECONDS = 2.0"))
    example = Path(__file__).parents[2] / "examples" / "coin-rush" / "Dockerfile"
    repository.write("server/Dockerfile", example.read_text())
    repository.commit("Play short rounds")
    head = {"sha": "0" * 40, "ref": "mod", "repo": {"full_name": "somebody/game"}}
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "head": head}}))
    fork = repository.without_secrets()
    run = fork.run("pull_request", "preview.yml", "--eventpath", str(event))
    assert run.code == 0, run.log
    assert run.outputs["connect-host"] == "127.0.0.1"
    assert "player" in run.log
    assert "coins" in run.log


def test_a_button_goes_back_to_what_was_there_before(
    repository: Repository, client: HathoraCloud
) -> None:
    repository.write("server/season.py", f"SEASON = {time.time()}\n")
    repository.commit("Make another build")
    assert repository.run("push", "deploy.yml").code == 0
    latest = client.deployments_v3.get_latest_deployment()
    back = repository.run("workflow_dispatch", "rollback.yml", "--input", "deployment=previous")
    assert back.code == 0, back.log
    assert back.outputs["previous-deployment-id"] == latest.deployment_id
    assert back.outputs["deployment-id"] == live(client)
    assert back.outputs["build-id"] != latest.build_id
    assert "### Went back to" in back.summary


def test_a_tag_goes_to_production_and_main_to_its_app_every_night(
    repository: Repository, own_cloud: OwnCloud, client: HathoraCloud, tmp_path: Path
) -> None:
    settings = repository.folder / "server" / "hathora.toml"
    production = f'[production]\napp.id = "arena"\ncloud.endpoint = "{own_cloud.endpoint}"\n'
    settings.write_text(settings.read_text() + "\n" + production)
    repository.commit("Have a production")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"ref": "refs/tags/v1.2.0"}))
    released = repository.run("push", "release.yml", "--eventpath", str(event))
    assert released.code == 0, released.log
    made = json.loads(released.outputs["result-json"])["deployment"]
    assert made["deploymentTag"] == "v1.2.0"

    nightly = repository.run("schedule", "nightly.yml")
    assert nightly.code == 0, nightly.log
    assert nightly.outputs["reused"] == "false"
    assert "Tonight's room" in nightly.log


def test_each_server_of_a_repository_goes_to_its_own_app(
    repository: Repository, own_cloud: OwnCloud, client: HathoraCloud
) -> None:
    for name in ("arena", "lobby"):
        for file in (repository.folder / "server").glob("*"):
            if file.is_file():
                repository.write(f"servers/{name}/{file.name}", file.read_text())
    repository.commit("Have two servers")
    run = repository.run("push", "monorepo.yml")
    assert run.code == 0, run.log
    assert set(run.results().values()) == {"success"}
    apps = own_cloud.client().apps_v2.get_apps().applications
    deployed = {app.app_name for app in apps if app.deployment is not None}
    assert {"arena", "lobby"} <= deployed
