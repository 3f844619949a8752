"""The outputs of the action, of what a command has printed and of what is known when it fails."""

from __future__ import annotations

import json
from typing import Any, Final

from hathora_deploy.cli.github.facts import Facts
from hathora_deploy.cli.github.json_lookup import at

RESULT: Final = "result-json"
OUTPUTS: Final = (
    "build-id",
    "build-tag",
    "build-status",
    "deployment-id",
    "previous-deployment-id",
    "archive-digest",
    "archive-bytes",
    "reused",
    "verified",
    "rolled-back",
    "connect-host",
    "connect-port",
    RESULT,
)


def outputs_of(result: Any, facts: Facts) -> dict[str, str]:
    """Each of OUTPUTS; the text is empty where there is no such thing, or it is not known.

    ``result`` is what the command prints as JSON.
    """
    known: dict[str, Any] = {
        "build-id": at(result, "build", "buildId")
        or at(result, "deployment", "buildId")
        or at(result, "error", "buildId")
        or facts.build_id,
        "build-tag": at(result, "build", "buildTag")
        or at(result, "deployment", "buildTag")
        or facts.build_tag,
        "build-status": at(result, "build", "status") or facts.build_status,
        "deployment-id": at(result, "deployment", "deploymentId")
        or at(result, "error", "deploymentId")
        or facts.deployment_id,
        "previous-deployment-id": at(result, "previousDeploymentId") or facts.restored_id,
        "archive-digest": at(result, "archive", "archiveDigest"),
        "archive-bytes": at(result, "archive", "archiveBytes") or facts.archive_bytes,
        "reused": facts.is_reused or bool(at(result, "reused") or at(result, "build", "reused")),
        "verified": facts.is_verified,
        "rolled-back": facts.live_id is not None,
        "connect-host": at(result, "room", "exposedPort", "host"),
        "connect-port": at(result, "room", "exposedPort", "port"),
        RESULT: json.dumps(result) if result is not None else None,
    }
    return {name: _text(known[name]) for name in OUTPUTS}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
