"""The summary as a comment on the pull request that a workflow runs for; a later run replaces it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hathora_deploy.cli.github.outputs import at
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.github_event import github_event

_API: Final = "https://api.github.com"
_LONGEST: Final = 65_536
"""Characters that GitHub takes."""
_CUT: Final = "\n\n…\n"
_TIMEOUT: Final = 10.0
_MOST_PAGES: Final = 10
_PAGE: Final = 100


class CommentError(HathoraError):
    """GitHub takes no comment; ``hint`` says why that may be."""

    hint = "the token needs `permissions: pull-requests: write`, which no workflow has for a fork's"


def leave_comment(
    summary: str, *, inputs: Mapping[str, str], token: str, environment: Mapping[str, str]
) -> None:
    """Put the summary on the pull request. Without one there is nothing to do. Raises CommentError."""
    number = _pull_request(environment)
    if number is None:
        return
    import requests

    repository = environment.get("GITHUB_REPOSITORY", "")
    place = f"{environment.get('GITHUB_API_URL', _API)}/repos/{repository}"
    mark = _mark(inputs, environment)
    # Names of files may hold what is no Unicode, and GitHub refuses JSON that does.
    body = f"{mark}\n{summary}".encode(errors="replace").decode()
    if len(body) > _LONGEST:
        body = body[: _LONGEST - len(_CUT)] + _CUT
    with requests.Session() as session:
        session.headers.update(
            {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        )
        try:
            earlier = _earlier(session, f"{place}/issues/{number}/comments", mark)
            if earlier is None:
                url, method = f"{place}/issues/{number}/comments", "POST"
            else:
                url, method = f"{place}/issues/comments/{earlier}", "PATCH"
            answer = session.request(method, url, json={"body": body}, timeout=_TIMEOUT)
            answer.raise_for_status()
        except (requests.RequestException, ValueError) as error:
            status = getattr(getattr(error, "response", None), "status_code", None)
            why = f"HTTP {status}" if status else type(error).__name__
            raise CommentError(f"no comment on pull request {number}: {why}") from None


def _pull_request(environment: Mapping[str, str]) -> int | None:
    number = at(github_event(environment), "pull_request", "number")
    return number if isinstance(number, int) else None


def _mark(inputs: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Says whose comment it is: each job of each workflow has one for each server that it deploys.

    The jobs of a matrix have one name.
    """
    of_job = [environment.get(name, "") for name in ("GITHUB_WORKFLOW", "GITHUB_JOB")]
    of_server = [inputs.get(name, "") for name in ("path", "app-id", "environment")]
    job = "\n".join(of_job + of_server)
    return f"<!-- hathora-deploy {hashlib.sha256(job.encode()).hexdigest()[:16]} -->"


def _earlier(session: Any, url: str, mark: str) -> int | None:
    """The comment of an earlier run, by its id."""
    found = (each["id"] for each in _comments(session, url) if _is_own(each, mark))
    return next(found, None)


def _is_own(comment: Any, mark: str) -> bool:
    return str(at(comment, "body") or "").startswith(mark) and isinstance(at(comment, "id"), int)


def _comments(session: Any, url: str) -> Iterator[Any]:
    for page in range(1, _MOST_PAGES + 1):
        answer = session.get(url, params={"per_page": _PAGE, "page": page}, timeout=_TIMEOUT)
        answer.raise_for_status()
        listed = answer.json()
        if not isinstance(listed, list):
            raise ValueError("no list of comments")
        yield from listed
        if len(listed) < _PAGE:
            return
