"""What the services say of a run, in the words of their documentation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hathora_deploy.pipeline.pipeline_run import PipelineRun, find_run
from hathora_deploy.pipeline.pipeline_service import pipeline_mark

SHA, MERGE = "a" * 40, "b" * 40
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_SHA": SHA,
    "GITHUB_REF": "refs/heads/maps/dust",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "studio/game",
    "GITHUB_RUN_ID": "17",
    "GITHUB_ACTOR": "ada",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_COMMIT_SHA": SHA,
    "CI_COMMIT_REF_NAME": "maps",
    "CI_JOB_URL": "https://gitlab.example/studio/game/-/jobs/17",
    "GITLAB_USER_LOGIN": "ada",
}
JENKINS = {
    "JENKINS_URL": "https://jenkins.example/",
    "BUILD_NUMBER": "17",
    "BUILD_URL": "https://jenkins.example/job/game/17/",
}
AZURE = {
    "TF_BUILD": "True",
    "BUILD_SOURCEVERSION": SHA,
    "BUILD_SOURCEBRANCH": "refs/heads/maps",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/studio/",
    "SYSTEM_TEAMPROJECT": "Our Game",
    "BUILD_BUILDID": "17",
    "BUILD_REQUESTEDFOR": "Ada",
}


@pytest.mark.parametrize(
    ("environment", "branch", "url", "author"),
    [
        (GITHUB, "maps/dust", "https://github.com/studio/game/actions/runs/17", "ada"),
        (GITLAB, "maps", "https://gitlab.example/studio/game/-/jobs/17", "ada"),
        (
            {**JENKINS, "GIT_COMMIT": SHA, "GIT_BRANCH": "origin/maps"},
            "maps",
            "https://jenkins.example/job/game/17/",
            None,
        ),
        ({"TEAMCITY_VERSION": "2025.07", "BUILD_VCS_NUMBER": SHA}, None, None, None),
        (
            {
                "BUILDKITE": "true",
                "BUILDKITE_COMMIT": SHA,
                "BUILDKITE_BRANCH": "maps",
                "BUILDKITE_BUILD_URL": "https://buildkite.com/studio/game/builds/17",
                "BUILDKITE_BUILD_CREATOR": "Ada",
            },
            "maps",
            "https://buildkite.com/studio/game/builds/17",
            "Ada",
        ),
        (
            AZURE,
            "maps",
            "https://dev.azure.com/studio/Our%20Game/_build/results?buildId=17",
            "Ada",
        ),
        (
            {
                "CIRCLECI": "true",
                "CIRCLE_SHA1": SHA,
                "CIRCLE_BRANCH": "maps",
                "CIRCLE_BUILD_URL": "https://circleci.com/gh/studio/game/17",
                "CIRCLE_USERNAME": "ada",
            },
            "maps",
            "https://circleci.com/gh/studio/game/17",
            "ada",
        ),
        (
            {
                "BITBUCKET_BUILD_NUMBER": "17",
                "BITBUCKET_COMMIT": SHA,
                "BITBUCKET_BRANCH": "maps",
                "BITBUCKET_GIT_HTTP_ORIGIN": "https://bitbucket.org/studio/game",
            },
            "maps",
            "https://bitbucket.org/studio/game/pipelines/results/17",
            None,
        ),
    ],
)
def test_a_service_names_the_commit_and_the_run(
    environment: dict[str, str], branch: str | None, url: str | None, author: str | None
) -> None:
    run = find_run(environment)
    assert run is not None
    assert run == PipelineRun(
        run.service, sha=SHA, checkout=SHA, branch=branch, url=url, author=author
    )
    assert pipeline_mark(environment) in environment


@pytest.mark.parametrize(
    ("environment", "change"),
    [
        ({**JENKINS, "P4_CHANGELIST": "12345", "GIT_COMMIT": SHA}, "p4-12345"),
        ({"P4_CHANGELIST": "12345"}, "p4-12345"),
        ({**JENKINS, "SVN_REVISION": "77"}, "svn-77"),
        ({"TEAMCITY_VERSION": "1", "BUILD_VCS_NUMBER": "12345", "P4PORT": "p4:1666"}, "p4-12345"),
        ({"TEAMCITY_VERSION": "1", "BUILD_VCS_NUMBER": "12345"}, "change-12345"),
        ({**JENKINS, "P4_CHANGELIST": "1; rm -rf /"}, None),
        ({"BUILDKITE": "true", "BUILDKITE_COMMIT": "HEAD"}, None),
    ],
)
def test_what_is_not_in_git_has_a_change(environment: dict[str, str], change: str | None) -> None:
    run = find_run(environment)
    assert run is not None
    assert run.change == change


@pytest.mark.parametrize(
    "environment",
    [
        {**GITLAB, "CI_COMMIT_SHA": MERGE, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": SHA},
        {
            **AZURE,
            "BUILD_SOURCEVERSION": MERGE,
            "BUILD_SOURCEBRANCH": "refs/pull/7/merge",
            "SYSTEM_PULLREQUEST_SOURCECOMMITID": SHA,
            "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/maps",
        },
    ],
)
def test_a_merge_is_told_from_the_commit_that_was_pushed(environment: dict[str, str]) -> None:
    run = find_run(environment)
    assert run is not None
    assert (run.sha, run.checkout, run.branch) == (SHA, MERGE, "maps")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("pull_request", (SHA, MERGE, "maps")), ("pull_request_target", (MERGE, MERGE, None))],
)
def test_github_tells_of_a_pull_request_in_a_file(
    tmp_path: Path, name: str, expected: tuple[str | None, ...]
) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"head": {"sha": SHA, "ref": "maps"}}}))
    run = find_run(
        {
            **GITHUB,
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_SHA": MERGE,
            "GITHUB_REF": "refs/pull/7/merge",
        }
    )
    assert run is not None
    assert (run.sha, run.checkout, run.branch) == expected


@pytest.mark.parametrize("content", [None, "nonsense", "[]", '{"pull_request": {"head": null}}'])
def test_without_a_good_file_the_merge_is_all_that_is_known(
    tmp_path: Path, content: str | None
) -> None:
    event = tmp_path / "event.json"
    if content is not None:
        event.write_text(content)
    pull_request = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event)}
    run = find_run({**GITHUB, **pull_request, "GITHUB_REF": "refs/pull/7/merge"})
    assert run is not None
    assert (run.sha, run.branch) == (SHA, None)


@pytest.mark.parametrize(
    "environment",
    [
        {**GITHUB, "GITHUB_REF": "refs/tags/v1"},
        {**GITLAB, "CI_COMMIT_TAG": "maps"},
        {**JENKINS, "TAG_NAME": "v1", "BRANCH_NAME": "v1"},
    ],
)
def test_a_git_tag_is_no_branch(environment: dict[str, str]) -> None:
    run = find_run(environment)
    assert run is not None
    assert run.branch is None


@pytest.mark.parametrize(
    ("environment", "mark"),
    [
        ({}, None),
        ({"CI": ""}, None),
        ({"CI": "False"}, None),
        ({"CI": "true"}, "CI"),
        ({"TF_BUILD": "True"}, "TF_BUILD"),
        ({"CI": "false", "TEAMCITY_VERSION": "1"}, None),
        ({"JENKINS_URL": "https://jenkins.example/"}, None),
    ],
)
def test_a_pipeline_is_known_by_a_variable(environment: dict[str, str], mark: str | None) -> None:
    assert pipeline_mark(environment) == mark


def test_nobodys_pipeline_has_no_run() -> None:
    assert find_run({"CI": "true", "GIT_COMMIT": SHA}) is None
