"""``promote`` between two apps of one cloud, which hathora.toml calls staging and production."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dotenv import dotenv_values

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.settings import DeploySettings
from tests.cli.conftest import Cloud
from tests.cli.reports.outcomes import outcomes
from tests.pipeline.reporter import RecordingReporter

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud

SETTINGS = """\
[deployment]
requested-cpu = 2
tag = "whatever"

[staging.app]
id = "arena-staging"

[staging.deployment]
requested-cpu = 0.5

[production.app]
id = "arena"

[production.deployment.env]
MODE = "ranked"
"""


@pytest.fixture
def apps(cloud: Cloud, local_cloud: RunningCloud) -> Iterator[HathoraCloud]:
    client = HathoraCloud(local_cloud.token, endpoint=local_cloud.endpoint)
    for name in ("arena-staging", "arena"):
        client.apps_v2.create_app(app_name=name, auth_configuration={})
    yield client
    client.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder, which commands are typed in."""
    (tmp_path / "hathora.toml").write_text(SETTINGS)
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "Dockerfile").write_text(
        "FROM scratch\nEXPOSE 7777/udp 8080/tcp\nCMD sleep 60\n"
    )
    return tmp_path


def app_id(client: HathoraCloud, name: str) -> str:
    listed = client.apps_v2.get_apps().applications
    return next(app.app_id for app in listed if app.app_name == name)


def stage(client: HathoraCloud, project: Path, tag: str) -> DeploymentV3:
    """What is live in staging from then on."""
    (project / "server" / "version").write_text(tag)
    client.app_id = app_id(client, "arena-staging")
    settings = DeploySettings(deployment_tag=tag, requested_cpu=0.5)
    reporter = RecordingReporter()
    return deploy(client, project / "server", settings=settings, reporter=reporter).deployment


def live(client: HathoraCloud) -> DeploymentV3:
    return client.deployments_v3.get_latest_deployment(app_id=app_id(client, "arena"))


def promoted(cloud: Cloud, *words: str) -> Any:
    return json.loads(cloud("promote", "staging", "production", *words, "-o", "json").stdout)


def test_the_very_build_is_deployed_with_the_settings_of_the_other(
    cloud: Cloud, apps: HathoraCloud, project: Path
) -> None:
    staged = stage(apps, project, "v1")
    asked = cloud("promote", "staging", "production", code=2)
    assert "hint: the same command with --yes does not ask" in asked.stderr
    builds = len(apps.builds_v3.get_builds().builds)

    junit, variables = project / "promote.xml", project / "promote.env"
    reports = ("--report", f"junit={junit}", "--report", f"dotenv={variables}")

    done = promoted(cloud, "--yes", *reports)

    first = live(apps)
    assert outcomes(junit) == {"prepare": "passed", "deploy": "passed", "verify": "skipped"}
    assert dotenv_values(variables) == {
        "VERIFIED": "false",
        "ROLLED_BACK": "false",
        "APP_ID": first.app_id,
        "BUILD_ID": staged.build_id,
        "DEPLOYMENT_ID": first.deployment_id,
        "DEPLOYMENT_TAG": "v1",
    }
    assert (first.build_id, first.deployment_tag) == (staged.build_id, "v1")
    assert len(apps.builds_v3.get_builds().builds) == builds
    assert (first.requested_cpu, [each.name for each in first.env]) == (2, ["MODE"])
    assert first.default_container_port == staged.default_container_port
    assert first.additional_container_ports == staged.additional_container_ports
    assert done["promotedFrom"]["deploymentId"] == staged.deployment_id
    assert done["undo"] is None
    assert promoted(cloud, "--yes", *reports)["changed"] is False
    assert outcomes(junit) == {"prepare": "passed", "deploy": "skipped", "verify": "skipped"}
    assert dotenv_values(variables)["DEPLOYMENT_ID"] == first.deployment_id

    stage(apps, project, "v2")
    again = promoted(cloud, "--yes")
    assert [each["setting"] for each in again["differences"]] == ["deploymentTag"]
    cloud(*again["undo"].split()[1:], "--yes")
    assert DeploymentSpec.of(live(apps)) == DeploymentSpec.of(first)


def test_what_does_not_verify_there_does_not_stay_there(
    cloud: Cloud, apps: HathoraCloud, project: Path
) -> None:
    stage(apps, project, "v1")
    promoted(cloud, "--yes")
    before = live(apps)
    stage(apps, project, "v2")
    words = (
        "promote",
        "staging",
        "production",
        "--verify",
        "udp",
        "--verify-timeout",
        "1",
        "--yes",
    )
    done = cloud(*words, "-o", "json", code=5)
    assert live(apps).build_id == before.build_id
    error = json.loads(done.stdout)["error"]
    assert (error["type"], error["rolledBackTo"]) == ("VerifyFailedError", before.deployment_id)
    assert error["liveDeploymentId"] == live(apps).deployment_id


@pytest.mark.parametrize(
    ("names", "settings", "said", "code"),
    [
        ("staging staging", SETTINGS, "both environments are the app arena-staging", 2),
        ("staging live", SETTINGS, "has no environment live", 2),
        ("live production", SETTINGS, "has no environment live", 2),
        ("production staging", SETTINGS, "so there is nothing to promote", 1),
        ("staging production", SETTINGS.replace('id = "arena"', ""), "which app production is", 2),
        (
            "staging production",
            SETTINGS + '[production.cloud]\nendpoint = "https://live.example.com"\n',
            "from one cloud to another",
            2,
        ),
    ],
)
def test_what_cannot_be_promoted_is_refused(
    cloud: Cloud, apps: HathoraCloud, project: Path, names: str, settings: str, said: str, code: int
) -> None:
    (project / "hathora.toml").write_text(settings)
    assert said in cloud("promote", *names.split(), "--yes", code=code).stderr
