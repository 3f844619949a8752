"""What to type after an error that does not say so itself."""

from __future__ import annotations

from typing import Final

from hathora_deploy.errors import HathoraError

_DEPLOY: Final = "hathora-deploy PATH deploys a folder"

AFTER_NOT_FOUND: Final = {
    "CreateProcess": _DEPLOY,
    "CreateRoom": _DEPLOY,
    "GetLatestDeployment": _DEPLOY,
}
"""By the operation that found nothing of what it is about."""

AFTER_OPERATION: Final = {
    "DeleteBuild": "hathora-deploy builds",
    "GetBuild": "hathora-deploy builds",
    "GetDeployment": "hathora-deploy deployments",
    "GetLogsForProcess": "hathora-deploy processes --all",
    "ImportApp": "hathora-deploy apps lists those that are there",
    "RevokeOrgToken": "hathora-deploy tokens",
    "StopProcess": "hathora-deploy processes",
}
"""By the operation that was refused."""

AFTER_ERROR: Final = {
    # The cloud has refused it.
    "Forbidden": "a token that may: hathora-deploy tokens create NAME --scope SCOPE",
    "NotFound": "hathora-deploy apps, and check --app-id",
    "Conflict": "hathora-deploy status, then try again",
    "Gone": "hathora-deploy processes --all",
    "ApiError": "hathora-deploy api OPERATION --help says what an operation takes",
    "WireError": "hathora-deploy api OPERATION --help says what an operation takes",
    # It was never asked.
    "TokenError": "hathora-deploy login --endpoint URL, or set HATHORA_TOKEN anew",
    "TransportError": "check --endpoint and the network, then try again",
    # Of the folder, or of the settings.
    "DockerfileError": "mend that line of the Dockerfile",
    "ContextError": "mend that; hathora-deploy package PATH --list shows what a deploy sends",
    "NoPlanError": "mend that, then hathora-deploy plan PATH",
    "PlanError": "change that flag, variable or line of the settings file, then try again",
    "SettingsError": "hathora-deploy COMMAND --help says what each setting may be",
    "SelectionError": "name it: hathora-deploy apps and hathora-deploy processes list what there is",
    "ExportError": "mend that, then hathora-deploy import FILES once more",
    # Of a deploy on its way.
    "ArchiveError": "see that the disk has room and the folder is yours, then try again",
    "UploadError": "hathora-deploy PATH once more: nothing is left of this upload",
    "BuildFailedError": "hathora-deploy builds",
    "StartFailedError": "hathora-deploy logs",
    "PipelineError": "mend that, then hathora-deploy PATH once more",
    # Of this machine.
    "NoLocalCloud": "hathora-deploy cloud start",
    "MissingLibraryError": "pip install 'hathora-deploy[async]'",
    "CloudError": "hathora-deploy cloud status says where the cloud keeps its log",
    "HathoraError": "hathora-deploy --help",
}
"""By the name of its class, or of the nearest above it: so no class is imported to say this."""


def next_step(error: HathoraError) -> str:
    """The most exact that there is."""
    operation = getattr(error, "operation", None) or ""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    after = AFTER_OPERATION.get(operation)
    if "NotFound" in kinds:
        after = AFTER_NOT_FOUND.get(operation, after)
    return after or next(AFTER_ERROR[name] for name in kinds if name in AFTER_ERROR)
