"""The summary as a comment on the pull request that a workflow runs for; a later run replaces it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from hathora_deploy.cli.github.conversation import Conversation
from hathora_deploy.cli.github.json_lookup import at
from hathora_deploy.pipeline.github_event import github_event

_LONGEST: Final = 65_536
"""Characters that GitHub takes."""
_CUT: Final = "\n\n…\n"


def leave_comment(
    summary: str, *, inputs: Mapping[str, str], token: str, environment: Mapping[str, str]
) -> None:
    """Put the summary on the pull request. Without one there is nothing to do. Raises CommentError."""
    number = _pull_request(environment)
    if number is None:
        return
    import requests

    from hathora_deploy.client.session import NoAuth

    mark = _mark(inputs, environment)
    # Names of files may hold what is no Unicode, and GitHub refuses JSON that does.
    body = f"{mark}\n{summary}".encode(errors="replace").decode()
    if len(body) > _LONGEST:
        body = body[: _LONGEST - len(_CUT)] + _CUT
    with requests.Session() as session:
        session.auth = NoAuth()
        session.headers.update(
            {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        )
        conversation = Conversation(session, number=number, environment=environment)
        earlier = conversation.own(mark)
        if earlier is None:
            conversation.add(body)
        else:
            conversation.replace(earlier, body)


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
