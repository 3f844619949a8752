"""The example pipelines are what their services take, and install the version that they stand beside."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from hathora_deploy import __version__
from tests.examples.pipelines.scripts import EXAMPLES, azure, buildkite, circleci, jenkins, teamcity

ROOT = EXAMPLES.parents[1]
PAIRS = {"(": ")", "[": "]", "{": "}"}


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


def test_brackets_and_quotes_of_the_jenkinsfile_close() -> None:
    """This knows no Groovy: it finds what a slip of the editor does, and no more."""
    text = (EXAMPLES / "Jenkinsfile").read_text(encoding="utf-8")
    code = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"|(?<!:)//[^\n]*", "", text)
    assert not set("'\"") & set(code)
    is_open: list[str] = []
    for sign in code:
        if sign in PAIRS:
            is_open.append(PAIRS[sign])
        elif sign in PAIRS.values():
            assert is_open.pop() == sign
    assert is_open == []
    assert re.match(r"(\s*//[^\n]*\n)*pipeline \{", text)


def test_no_script_has_a_secret_or_an_expression_of_the_service_in_it() -> None:
    for scripts in (jenkins(), teamcity(), buildkite(), azure(), circleci()):
        lines = [line for job in scripts.values() for line in job]
        assert not [line for line in lines if re.search(r"\$[{(A-Za-z]|<<|TOKEN", line)]


def test_the_version_that_they_install_is_this_one() -> None:
    for file in EXAMPLES.iterdir():
        pinned = re.findall(r"hathora-deploy(?:==|-)(\d[\w.]*)", file.read_text(encoding="utf-8"))
        assert set(pinned) <= {__version__}
        assert pinned or file.name == "pre-push"
