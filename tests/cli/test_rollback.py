"""``rollback`` of an app, by a script and by somebody at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dotenv import dotenv_values

from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.secret import Secret
from tests.cli.conftest import Cloud
from tests.cli.reports.outcomes import outcomes
from tests.cli.terminal import on_terminal
from tests.pipeline.reporter import RecordingReporter

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud

SHA = "3f9c2ab0123456789012345678901234567890ab"

Deploy = Callable[..., Deployed]


@pytest.fixture
def client(cloud: Cloud, local_cloud: RunningCloud) -> Iterator[HathoraCloud]:
    """With the app ``game``."""
    client = HathoraCloud(local_cloud.token, endpoint=local_cloud.endpoint)
    client.app_id = client.apps_v2.create_app(app_name="game", auth_configuration={}).app_id
    yield client
    client.close()


@pytest.fixture
def deployed(client: HathoraCloud, tmp_path: Path) -> Deploy:
    folder = tmp_path / "game"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\nEXPOSE 7777/udp\nCOPY . .\nCMD sleep 60\n")

    def deployed(content: str, tag: str | None = None, **env: str) -> Deployed:
        (folder / "map").write_text(content)
        variables = {name: Secret(value) for name, value in env.items()}
        settings = DeploySettings(deployment_tag=tag, env=variables)
        return deploy(client, folder, settings=settings, reporter=RecordingReporter())

    return deployed


def test_a_script_goes_back_and_again_forth_by_the_command_it_was_told(
    cloud: Cloud, client: HathoraCloud, deployed: Deploy, tmp_path: Path
) -> None:
    old = deployed("castle", SHA, MODE="ranked", LEVEL="hush-1").deployment
    new = deployed("dust", "v2", MODE="casual", NEW="hush-2").deployment

    junit, variables = tmp_path / "rollback.xml", tmp_path / "rollback.env"
    reports = ("--report", f"junit={junit}", "--report", f"dotenv={variables}")

    refused = cloud("rollback", "-a", "game", *reports, code=2)
    assert (
        f"hint: hathora-deploy rollback --app-id game {old.deployment_id} --yes" in refused.stderr
    )
    assert client.deployments_v3.get_latest_deployment() == new
    assert outcomes(junit) == {"prepare": "failure", "deploy": "skipped"}

    done = cloud.json("rollback", "-a", "game", "--yes", *reports)
    live = client.deployments_v3.get_latest_deployment()
    assert outcomes(junit) == {"prepare": "passed", "deploy": "passed"}
    assert dotenv_values(variables) == {
        "VERIFIED": "false",
        "ROLLED_BACK": "true",
        "ROLLED_BACK_TO": old.deployment_id,
        "LIVE_DEPLOYMENT_ID": live.deployment_id,
        "APP_ID": live.app_id,
        "BUILD_ID": old.build_id,
        "DEPLOYMENT_ID": live.deployment_id,
        "DEPLOYMENT_TAG": SHA,
        "PREVIOUS_DEPLOYMENT_ID": new.deployment_id,
    }
    assert live.deployment_id == done["deployment"]["deploymentId"] != old.deployment_id
    assert (
        live.model_copy(update={"deployment_id": old.deployment_id, "created_at": old.created_at})
        == old
    )
    assert done["rolledBackTo"] == old.deployment_id
    assert done["previousDeploymentId"] == new.deployment_id
    assert {(each["setting"], each["change"]) for each in done["differences"]} == {
        ("deploymentTag", "changed"),
        ("env.MODE", "changed"),
        ("env.LEVEL", "added"),
        ("env.NEW", "removed"),
    }

    words = done["undo"].split()
    assert words == ["hathora-deploy", "rollback", "--app-id", "game", new.deployment_id]
    shown = cloud(*words[1:], "--yes")
    assert "-  env.LEVEL" in shown.stderr
    assert "hush" not in shown.stderr
    assert client.deployments_v3.get_latest_deployment().build_id == new.build_id

    again = cloud.json("rollback", "v2", "-a", "game", "--yes")
    assert again["changed"] is False
    assert (
        cloud.json("rollback", SHA[:7], "-a", "game", "--yes")["rolledBackTo"]
        == (done["deployment"]["deploymentId"])
    )


def test_what_cannot_be_gone_back_to_is_refused_before_anything(
    cloud: Cloud, client: HathoraCloud, deployed: Deploy
) -> None:
    assert "nothing was deployed yet" in cloud("rollback", "-a", "game", "--yes", code=1).stderr
    old = deployed("castle", "v1.0.1")
    assert "nothing to go back to" in cloud("rollback", "-a", "game", "--yes", code=1).stderr
    ranked = deployed("castle", "v1.0.2", MODE="ranked")
    live = deployed("dust", "v2").deployment
    several = cloud("rollback", "v1.0", "-a", "game", "--yes", code=1).stderr
    for each in (old, ranked):
        assert f"{each.deployment.deployment_id} ({each.deployment.deployment_tag})" in several
    assert "no deployment of this app" in cloud("rollback", "v1.", "-a", "game", code=1).stderr
    client.builds_v3.delete_build(build_id=old.build.build_id)
    gone = cloud("rollback", "v1.0.1", "-a", "game", "--yes", code=1).stderr
    assert f"build {old.build.build_id} was deleted" in gone
    assert client.deployments_v3.get_latest_deployment() == live


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("y", 0)])
def test_somebody_at_a_terminal_is_asked(
    cloud: Cloud,
    client: HathoraCloud,
    deployed: Deploy,
    environment: dict[str, str],
    local_cloud: RunningCloud,
    tmp_path: Path,
    answer: str,
    code: int,
) -> None:
    old, new = deployed("castle").deployment, deployed("dust").deployment
    shown = on_terminal(
        [sys.executable, "-m", "hathora_deploy", "rollback", "-a", "game"],
        cwd=tmp_path,
        env={**environment, "HATHORA_DATA_DIR": str(local_cloud.data_dir)},
        prompt="Go back? [y/N]",
        typed=answer,
    )
    assert shown.returncode == code, shown.text
    live = client.deployments_v3.get_latest_deployment()
    assert live.build_id == (old if answer == "y" else new).build_id
    assert ("nothing was changed" in shown.text) == (answer == "n")
