"""The run of a pipeline that deploys, as its environment describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hathora_deploy.pipeline.github_event import github_event
from hathora_deploy.pipeline.pipeline_service import service_of

_SHA: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CHANGE: Final = re.compile(r"[\w.-]{1,39}")
_OF_A_MERGE: Final = ("pull_request", "pull_request_review", "pull_request_review_comment")
"""The events for which GitHub checks out a merge that it has made."""


@dataclass(frozen=True)
class PipelineRun:
    """What the environment says of a run; None is what it does not say."""

    service: str
    sha: str | None = None
    """The commit that somebody has pushed."""
    checkout: str | None = None
    """The commit that was checked out: for a pull request often a merge, which nobody else has."""
    change: str | None = None
    """The revision of what is not in git: ``p4-12345``."""
    branch: str | None = None
    url: str | None = None
    """Where people read about the run."""
    author: str | None = None
    """Who has begun it, as the service names people."""


def find_run(environment: Mapping[str, str]) -> PipelineRun | None:
    """The run that this is part of, if its service is one that is known."""
    service = service_of(environment)
    if service is None:
        return None
    known = {**environment, **_event(environment)}
    version = known.get(service.checkout, "")
    ref = "" if known.get(service.git_tag) else _first(known, service.branches)
    return PipelineRun(
        service.name,
        sha=_sha(_first(known, service.heads)) or _sha(version),
        checkout=_sha(version),
        change=_change(known, version),
        branch=_branch(ref),
        url=_url(known, service.url),
        author=_first(known, service.authors) or None,
    )


def _first(known: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next(filter(None, map(known.get, names)), "")


def _sha(text: str) -> str | None:
    return text if _SHA.fullmatch(text) else None


def _change(known: Mapping[str, str], version: str) -> str | None:
    # TeamCity and Azure call a commit of git and a number of another system the same.
    number = version if version.isdecimal() else ""
    system = "p4" if _first(known, ("P4CLIENT", "P4PORT")) else "change"
    changes = (
        ("p4", known.get("P4_CHANGELIST", "")),
        ("svn", known.get("SVN_REVISION", "")),
        (system, number),
    )
    return next((f"{name}-{text}" for name, text in changes if _CHANGE.fullmatch(text)), None)


def _branch(ref: str) -> str | None:
    """What a ref names, unless that is a tag or a pull request."""
    name = ref.removeprefix("refs/heads/").removeprefix("origin/")
    return None if name in ("", "HEAD", "detached") or name.startswith("refs/") else name


def _url(known: Mapping[str, str], template: str) -> str | None:
    names = re.findall(r"{(\S+?)}", template)
    if not names or not all(map(known.get, names)):
        return None
    url = template.format_map(known).replace(" ", "%20")  # projects of Azure have spaces
    return url if url.startswith(("https://", "http://")) else None


def _event(environment: Mapping[str, str]) -> dict[str, str]:
    """What GitHub tells, in a file, of a pull request."""
    if environment.get("GITHUB_EVENT_NAME") not in _OF_A_MERGE:
        return {}
    try:
        head = github_event(environment)["pull_request"]["head"]
        return {f"pull_request.head.{name}": str(head[name]) for name in ("sha", "ref")}
    except (LookupError, TypeError):
        return {}
