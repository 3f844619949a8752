"""What pipelines rely on besides the tables: streams, exit codes, and what is right here and was not there."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.cli.official.commands import COMMANDS
from hathora_deploy.cli.official.output import BUILD, Format
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.progress import LineReporter
from hathora_deploy.pipeline.errors import AppBusyError
from hathora_deploy.pipeline.given_build import deploy_build
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.secret import Secret

from .conftest import EXAMPLE, Hathora, Studio

WriteServer = Callable[..., Path]


def test_help_is_quick_and_needs_no_settings() -> None:
    heavy = ["pydantic", "requests", "yaml", "docker", "git", "starlette"]
    code = (
        "import sys\n"
        "from hathora_deploy.cli.official.program import run\n"
        "assert run(['deploy', '--help']) == 0\n"
        f"sys.exit(','.join(name for name in {heavy!r} if name in sys.modules) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_is_a_program_of_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hathora_deploy.cli.official", "deploy", "./server"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "[ERROR]\tgot unexpected extra argument (./server)\n"
        "hint: a folder is named by a flag: hathora deploy --file ./server\n"
    )


def test_every_error_exits_with_1_and_leaves_stdout_alone(hathora: Hathora) -> None:
    for line in (
        "nonsense",
        "build nonsense",
        "build info",
        "build info -b nonsense",
        "deployment info -d nonsense",
        "deployment create",
        "deploy --file nonsense",
        "deploy --file=",
        "deploy --nonsense",
        "deploy --container-port 0",
        "deploy --env nonsense",
        "build list -o nonsense",
        "build list -o nonsenseValue",
        "build delete -b x -o buildIdValue",
        "build list -c nonsense.yaml",
        "log",
        "log -p nonsense",
        "log -p x --tail-lines 5001",
    ):
        done = hathora(*line.split(), code=1)
        assert done.stdout == "", line
        assert done.stderr.startswith("[ERROR]\t"), line


def test_each_setting_that_is_missing_has_its_line(hathora: Hathora) -> None:
    done = hathora("deployment", "create", "--build-id", "x", code=1)
    assert done.stderr.splitlines()[:2] == [
        '[ERROR]\trequired flag "container-port" is not set',
        '[ERROR]\trequired flag "transport-type" is not set',
    ]


def test_a_value_that_is_no_good_is_told_with_its_place(hathora: Hathora, tmp_path: Path) -> None:
    (tmp_path / "ci.yaml").write_text("deployment:\n  container-port: many\n")
    done = hathora("deploy", "-c", "ci.yaml", code=1)
    assert done.stderr.startswith("[ERROR]\tci.yaml:2: deployment.container-port: 'many' is not")
    done = hathora("deploy", code=1, HATHORA_DEPLOYMENT_CONTAINER_PORT="many")
    assert done.stderr.startswith("[ERROR]\tHATHORA_DEPLOYMENT_CONTAINER_PORT: 'many' is not")


def test_a_flag_wins_over_its_variable_and_a_variable_over_the_file(
    hathora: Hathora, studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "ci.yaml").write_text("deployment:\n  rooms-per-process: 2\n")
    line = f"deployment create -b {studio.build_id} --container-port 1 --transport-type tcp"
    words = [*line.split(), "-o", "roomsPerProcessValue", "-c", "ci.yaml"]
    variable: dict[str, Any] = {"HATHORA_DEPLOYMENT_ROOMS_PER_PROCESS": "3"}
    assert hathora(*words).value == "2"
    assert hathora(*words, **variable).value == "3"
    assert hathora(*words, "--rooms-per-process", "4", **variable).value == "4"


def test_an_empty_text_is_none(hathora: Hathora, studio: Studio, tmp_path: Path) -> None:
    line = f"deployment create -b {studio.build_id} --container-port 1 --transport-type tcp -o json"
    done = hathora(*line.split(), "--deployment-tag", "", "--fleet-id=", HATHORA_DEPLOYMENT_ENV="")
    assert "deploymentTag" not in done.json


def test_lists_that_are_empty_are_no_error(hathora: Hathora, studio: Studio) -> None:
    app = studio.client.apps_v2.create_app(
        app_name=f"official-empty-{token_hex(4)}", auth_configuration=AuthConfiguration()
    )
    for form, printed in (("json", "[]\n"), ("text", ""), ("deploymentIdValue", "")):
        done = hathora("deployment", "list", "-o", form, HATHORA_APP_ID=app.app_id)
        assert done.stdout == printed
        assert "no deployments found" in done.stderr
    studio.client.apps_v2.delete_app(app_id=app.app_id)


def test_a_build_that_fails_is_not_deployed(
    hathora: Hathora, studio: Studio, write_server: WriteServer
) -> None:
    folder = write_server()
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY missing .\nEXPOSE 1/udp\nCMD x\n")
    before = studio.client.deployments_v3.get_latest_deployment()

    done = hathora("deploy", "-f", folder, code=1)

    assert done.stdout == ""
    assert "[ERROR]\tbuild bld-" in done.stderr
    assert studio.client.deployments_v3.get_latest_deployment() == before


def test_a_build_that_was_not_run_is_not_deployed(hathora: Hathora, studio: Studio) -> None:
    created = studio.client.builds_v3.create_build_registry()
    done = hathora("deployment", "create", "--from-latest", "-b", created.build_id, code=1)
    assert f"build {created.build_id} cannot be deployed: it is created" in done.stderr


def test_a_build_is_not_deployed_while_another_deploy_has_the_app(studio: Studio) -> None:
    lease = Secret("of another deploy")
    studio.client.leases_v1.acquire_lease(lease_id=lease, holder="alice")
    settings = DeploySettings(from_latest=True, lock_timeout=0)
    try:
        with pytest.raises(AppBusyError, match="alice"):
            deploy_build(studio.client, settings=settings, reporter=LineReporter(Output()))
    finally:
        studio.client.leases_v1.release_lease(lease_id=lease)


def test_a_deploy_has_what_the_dockerfile_says_and_inherits_the_rest(
    hathora: Hathora, studio: Studio, write_server: WriteServer
) -> None:
    folder = write_server()
    for number in range(120):
        (folder / f".hidden-{number}").write_text("the official tool hangs on so many files")
    (folder / ".gitignore").write_text("id\n")
    fresh = studio.client.apps_v2.create_app(
        app_name=f"official-fresh-{token_hex(4)}", auth_configuration=AuthConfiguration()
    )
    done = hathora("deploy", "-f", folder, "-o", "json", HATHORA_APP_ID=fresh.app_id, CI="true")
    assert done.json["defaultContainerPort"]["port"] == 7777
    assert "123 files" in done.stderr

    words = ["--requested-cpu", "2", "--idle-timeout-enabled", "false", "--env", "A=1"]
    hathora("deploy", "-f", folder, *words, HATHORA_APP_ID=fresh.app_id)
    done = hathora(
        "deploy", "-f", folder, "--from-latest", "--env=B=2", "-o=json", HATHORA_APP_ID=fresh.app_id
    )
    assert (done.json["requestedCPU"], done.json["idleTimeoutEnabled"]) == (2, False)
    assert {each["name"] for each in done.json["env"]} == {"A", "B"}
    assert {each["value"] for each in done.json["env"]} == {"[REDACTED]"}
    studio.client.apps_v2.delete_app(app_id=fresh.app_id)


def test_an_archive_is_known_by_what_it_holds(
    hathora: Hathora, write_server: WriteServer, tmp_path: Path
) -> None:
    folder = write_server()
    with tarfile.open(tmp_path / "artifact-7", "w:gz") as archive:
        archive.add(folder, arcname=".")
    built = hathora("build", "create", "-f", "artifact-7", "-o", "statusValue")
    assert built.value == "succeeded"
    (tmp_path / "notes").write_text("no archive")
    done = hathora("build", "create", "-f", "notes", code=1)
    assert "--file notes is neither a folder nor a .tgz" in done.stderr


def test_a_build_that_is_used_again_keeps_its_tag_and_says_so(
    hathora: Hathora, write_server: WriteServer
) -> None:
    folder = write_server()
    first = hathora("build", "create", "-f", folder, "-bt", "v1", "-o", "json")
    again = hathora("build", "create", "-f", folder, "-bt", "v2", "-o", "json")
    assert again.json == first.json
    assert "keeps its tag: v1" in again.stderr


def test_a_build_of_a_registry_that_fails_is_deleted_again(
    hathora: Hathora, studio: Studio
) -> None:
    hathora("build", "create-with-registry", "-b", "pulled", "-i", "studio/game", code=1)
    assert "pulled" not in {each.build_id for each in studio.client.builds_v3.get_builds().builds}


def test_in_a_pipeline_a_missing_token_is_an_error(hathora: Hathora) -> None:
    done = hathora("build", "list", code=1, CI="1", HATHORA_TOKEN="", HATHORA_CLOUD_ENDPOINT="")
    assert "HATHORA_TOKEN is not set" in done.stderr


def test_the_columns_of_text_are_those_that_scripts_know(
    capsys: pytest.CaptureFixture[str],
) -> None:
    build = {
        "buildId": "bld-1",
        "status": "succeeded",
        "createdAt": "2021-01-01T00:00:00.123Z",
        "imageSize": 2048,
        "orgId": "org-1",
    }
    Format.named("TEXT", BUILD, is_pretty=True).write([build], BUILD, Output())
    assert capsys.readouterr().out.splitlines() == [
        "",
        "BuildID  BuildTag  CreatedAt             Status     ImageSize  StartedAt  FinishedAt  "
        "ContentHash  ExpiredAt  OrgID  ShareURL  ",
        "bld-1    null      2021-01-01T00:00:00Z  succeeded  2.0 KiB    null       null        "
        "null         null       org-1  null      ",
    ]


@pytest.mark.parametrize(
    "example", [example for entry in COMMANDS.values() for example in entry.examples]
)
def test_the_examples_of_the_help_work(
    example: str, hathora: Hathora, studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "server").symlink_to(EXAMPLE)
    words = example.replace("APP", studio.app_id).split()
    assert words[0] == "hathora"
    assert hathora(*words[1:]).stdout


def test_json_is_one_document(hathora: Hathora, studio: Studio) -> None:
    found = json.loads(hathora("build", "list", "-o", "json").stdout)
    assert studio.build_id in {each["buildId"] for each in found}
