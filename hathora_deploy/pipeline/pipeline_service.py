"""The services that run pipelines, and the variables by which each of them tells of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Service:
    """The names of a service's variables; of several, the first that has a value counts.

    Names in small letters stand in the file in which GitHub tells of an event.
    """

    name: str
    marks: tuple[str, ...]
    """Those that all are set in its runs, and nowhere else."""
    checkout: str = ""
    heads: tuple[str, ...] = ()
    """The pushed commit, where what is checked out is a merge of it."""
    branches: tuple[str, ...] = ()
    git_tag: str = ""
    """Set where a git tag is run, whose name then stands where that of a branch does."""
    url: str = ""
    """The address, with names of variables in it."""
    authors: tuple[str, ...] = ()


SERVICES: Final = (
    Service(
        "GitHub",
        marks=("GITHUB_ACTIONS",),
        checkout="GITHUB_SHA",
        heads=("pull_request.head.sha",),
        branches=("pull_request.head.ref", "GITHUB_REF"),
        url="{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
        authors=("GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"),
    ),
    Service(
        "GitLab",
        marks=("GITLAB_CI",),
        checkout="CI_COMMIT_SHA",
        heads=("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA",),
        branches=("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"),
        git_tag="CI_COMMIT_TAG",
        url="{CI_JOB_URL}",
        authors=("GITLAB_USER_LOGIN",),
    ),
    Service(
        "Jenkins",
        marks=("JENKINS_URL", "BUILD_NUMBER"),  # its command line is told JENKINS_URL, too
        checkout="GIT_COMMIT",
        branches=("CHANGE_BRANCH", "BRANCH_NAME", "GIT_BRANCH"),
        git_tag="TAG_NAME",
        url="{BUILD_URL}",
        authors=("CHANGE_AUTHOR", "BUILD_USER_ID"),
    ),
    Service(
        "TeamCity",
        marks=("TEAMCITY_VERSION",),
        checkout="BUILD_VCS_NUMBER",
        url="{BUILD_URL}",
    ),
    Service(
        "Buildkite",
        marks=("BUILDKITE",),
        checkout="BUILDKITE_COMMIT",
        branches=("BUILDKITE_BRANCH",),
        git_tag="BUILDKITE_TAG",
        url="{BUILDKITE_BUILD_URL}",
        authors=("BUILDKITE_BUILD_CREATOR", "BUILDKITE_BUILD_AUTHOR"),
    ),
    Service(
        "Azure",
        marks=("TF_BUILD",),
        checkout="BUILD_SOURCEVERSION",
        heads=("SYSTEM_PULLREQUEST_SOURCECOMMITID",),
        branches=("SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"),
        url="{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
        authors=("BUILD_REQUESTEDFOR",),
    ),
    Service(
        "CircleCI",
        marks=("CIRCLECI",),
        checkout="CIRCLE_SHA1",
        branches=("CIRCLE_BRANCH",),
        url="{CIRCLE_BUILD_URL}",
        authors=("CIRCLE_USERNAME",),
    ),
    Service(
        "Bitbucket",
        marks=("BITBUCKET_BUILD_NUMBER",),
        checkout="BITBUCKET_COMMIT",
        branches=("BITBUCKET_BRANCH",),
        url="{BITBUCKET_GIT_HTTP_ORIGIN}/pipelines/results/{BITBUCKET_BUILD_NUMBER}",
    ),
    Service("Perforce", marks=("P4_CHANGELIST",)),
)


def service_of(environment: Mapping[str, str]) -> Service | None:
    """The one that runs this."""
    return next((each for each in SERVICES if all(map(environment.get, each.marks))), None)


def pipeline_mark(environment: Mapping[str, str]) -> str | None:
    """The variable that shows that a pipeline runs this; ``CI=false`` says that none does."""
    said = environment.get("CI", "").lower()
    if said:
        return None if said in ("0", "false") else "CI"
    service = service_of(environment)
    return service.marks[0] if service else None
