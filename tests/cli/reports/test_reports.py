"""The reports of real deploys, as the services of pipelines read them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values

from tests.cli.conftest import Cloud, Run
from tests.cli.reports.outcomes import outcomes

if sys.platform == "win32":
    pytest.skip("the local cloud runs on Linux and macOS", allow_module_level=True)

DOCKERFILE = 'FROM scratch\nEXPOSE 7777/udp\nCOPY . /\nCMD ["sh", "game.sh"]\n'
HOSTILE = r"""printf '##vso[task.x]\n##teamcity[x]\n\033]0;t\007<]]>&\001'; echo "$KEY"; exit 3"""


@pytest.fixture
def server(tmp_path: Path) -> Path:
    folder = tmp_path / "arena"
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "game.sh").write_text(HOSTILE)
    (folder / "own").write_text(str(tmp_path))  # or the build of another test would do
    return folder


def test_a_deploy_tells_of_every_step_and_of_what_it_made(cloud: Cloud, server: Path) -> None:
    junit, variables = server / "reports" / "deploy.xml", server / "reports" / "deploy.env"
    reports = ("--report", f"junit={junit}", "--report", f"dotenv={variables}")
    first = cloud.json(server, "--local", "--no-room", *reports)
    asked = dict.fromkeys(("verify", "room"), "skipped")
    steps = dict.fromkeys(("prepare", "package", "upload", "build", "deploy"), "passed")
    assert outcomes(junit) == steps | asked
    assert dotenv_values(variables) == {
        "VERIFIED": "false",
        "ROLLED_BACK": "false",
        "REUSED": "false",
        "APP_ID": first["appId"],
        "BUILD_ID": first["build"]["buildId"],
        "DEPLOYMENT_ID": first["deployment"]["deploymentId"],
        "ARCHIVE_BYTES": str(first["archive"]["archiveBytes"]),
        "ARCHIVE_DIGEST": first["archive"]["archiveDigest"],
    }
    # They stand in the folder itself, and are no reason to build again.
    again = cloud.json(server, "--local", "--no-room", HATHORA_REPORT="\n".join(reports[1::2]))
    assert again["reused"] is True
    assert outcomes(junit) == steps | asked | dict.fromkeys(("upload", "build"), "skipped")
    assert dotenv_values(variables)["PREVIOUS_DEPLOYMENT_ID"] == first["deployment"]["deploymentId"]


def test_a_process_that_ends_is_a_failure_of_its_step_with_its_log_and_without_secrets(
    cloud: Cloud, server: Path, tmp_path: Path
) -> None:
    junit, variables = tmp_path / "deploy.xml", tmp_path / "deploy.env"
    reports = ("--report", f"junit={junit}", "--report", f"dotenv={variables}")
    cloud(server, "--local", "--no-room")
    secret, azure = ("--env", "KEY=a secret of the game"), {"TF_BUILD": "True", "CI": "false"}
    done = cloud(server, "--local", *secret, "--verify", "udp", *reports, code=5, **azure)
    assert "# #vso[task.x]" in done.stderr
    assert "##vso[" not in done.stderr
    told = outcomes(junit)
    assert (told["build"], told["deploy"], told["verify"], told["room"]) == (
        *("skipped", "passed", "failure", "skipped"),
    )
    text = junit.read_text()
    assert "| &lt;]]&gt;&amp;[REDACTED]\n" in text  # the end of what the game wrote
    known = dotenv_values(variables)
    assert known["ROLLED_BACK"] == "true"
    assert known["LIVE_DEPLOYMENT_ID"] not in (None, known["DEPLOYMENT_ID"])


def test_a_failed_build_is_a_failure_and_what_would_follow_was_not_reached(
    cloud: Cloud, server: Path, tmp_path: Path
) -> None:
    junit, variables = tmp_path / "deploy.xml", tmp_path / "deploy.env"
    (server / "Dockerfile").write_text(f"{DOCKERFILE}RUN make\n")
    reports = ("--report", f"junit={junit}", "--report", f"dotenv={variables}")
    cloud(server, "--local", *reports, code=3)
    told = outcomes(junit)
    assert (told["upload"], told["build"], told["deploy"]) == ("passed", "failure", "skipped")
    assert "DEPLOYMENT_ID" not in dotenv_values(variables)


def test_in_teamcity_blocks_fold_the_log_and_the_problem_is_named(
    cloud: Cloud, server: Path
) -> None:
    service = {"TEAMCITY_VERSION": "2026.1", "CI": "false"}
    deploy = (
        server,
        "--local",
        "--no-room",
        "--before-packaging",
        "true",
        "--after-build",
        HOSTILE,
    )
    done = cloud(*deploy, code=1, **service)
    messages = done.stdout.splitlines()
    assert all(line.startswith("##teamcity[") for line in messages)
    opened = [line.split("'")[1] for line in messages if "[blockOpened" in line]
    assert opened == [
        *("prepare", "before-packaging", "prepare"),
        *("package", "upload", "build", "after-build"),
    ]
    assert opened == [line.split("'")[1] for line in messages if "[blockClosed" in line]
    (problem,) = [line for line in messages if "[buildProblem" in line]
    assert problem.startswith("##teamcity[buildProblem description='after-build: ")
    assert "# #teamcity[x]" in done.stderr
    assert "##teamcity[" not in done.stderr
    # What a script reads as JSON stays JSON.
    cloud.json(*deploy, code=1, **service)


def test_a_report_that_cannot_be_is_said_before_anything_is_done(
    run: Run, tmp_path: Path, server: Path
) -> None:
    for wrong, why in (
        ("teamcity=x", "write junit=FILE"),
        (f"junit={server / 'Dockerfile' / 'x'}", "cannot be written"),
        (f"dotenv={server / 'game.sh'}", "it is no report"),
        (f"junit={server}", "it is no report"),
        (f"junit={tmp_path / ('n' * 252)}", "File name too long"),  # with what is put beside it
    ):
        done = run(server, "--report", wrong)
        assert (done.returncode, why in done.stderr) == (2, True), done.stderr
    assert (server / "game.sh").read_text() == HOSTILE
    done = run(server, "--report", "teamcity", "--output", "json")
    assert (done.returncode, "both write to stdout" in done.stderr) == (2, True)
    missing, junit = tmp_path / "missing", tmp_path / "deploy.xml"
    assert run("deploy", missing, "--report", f"junit={junit}").returncode == 2
    assert outcomes(junit)["prepare"] == "failure"
