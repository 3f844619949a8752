"""The example pipelines are what their services take, and install the version that they stand beside."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from hathora_deploy import __version__
from tests.examples.pipelines.scripts import EXAMPLES, azure, buildkite, circleci, jenkins, teamcity

ROOT = EXAMPLES.parents[1]
DECLARATIVE = Path(__file__).with_name("declarative.groovy")
GROOVY = Path("/usr/share/java/groovy-all.jar")
"""Of Debian: version 2.4, as Jenkins has it."""


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("gitlab-ci.yml", ("vendor.gitlab-ci", "--data-transform", "gitlab-ci")),
        ("buildkite.yml", ("vendor.buildkite",)),
        ("circleci.yml", ("vendor.circle-ci",)),
        (
            "azure-pipelines.yml",
            (
                *("vendor.azure-pipelines", "--data-transform", "azure-pipelines"),
                *("--regex-variant", "nonunicode"),  # its patterns are not Unicode's
            ),
        ),
    ],
)
def test_a_file_has_the_form_that_its_service_publishes(file: str, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *words, EXAMPLES / file],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(
    not GROOVY.exists() or not which("java"), reason="Debian's groovy is not installed"
)
def test_groovy_finds_the_steps_in_the_jenkinsfile_that_are_run_here() -> None:
    done = subprocess.run(
        ["java", "-cp", GROOVY, "groovy.ui.GroovyMain", DECLARATIVE, EXAMPLES / "Jenkinsfile"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    stages = json.loads(done.stdout)
    install = stages.pop("Install")
    assert {name.lower(): install + steps for name, steps in stages.items()} == jenkins()


def test_no_script_has_a_secret_or_an_expression_of_the_service_in_it() -> None:
    for scripts in (jenkins(), teamcity(), buildkite(), azure(), circleci()):
        lines = [line for job in scripts.values() for line in job]
        assert not [line for line in lines if re.search(r"\$[{(A-Za-z]|<<|TOKEN", line)]


def test_the_version_that_they_install_is_this_one() -> None:
    for file in EXAMPLES.iterdir():
        pinned = re.findall(r"hathora-deploy(?:==|-)(\d[\w.]*)", file.read_text(encoding="utf-8"))
        assert set(pinned) <= {__version__}
        assert pinned or file.name == "pre-push"
