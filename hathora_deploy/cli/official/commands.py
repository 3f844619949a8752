"""Table of contents of ``hathora``: its commands, their second names, and the flags of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hathora_deploy.cli.official.output import ANSWER, BUILD, DEPLOYMENT, Kind


@dataclass(frozen=True)
class Entry:
    """A command. ``kind`` is that of its result; None where it prints for itself."""

    does: str
    kind: Kind | None
    flags: tuple[str, ...] = ()
    alias: str | None = None
    needs: tuple[str, ...] = ()
    """The flags that have to be given."""
    examples: tuple[str, ...] = ()


_OF_A_DEPLOYMENT: Final = (
    "from-latest",
    "rooms-per-process",
    "transport-type",
    "container-port",
    "requested-memory-mb",
    "requested-cpu",
    "requested-gpu",
    "additional-container-ports",
    "env",
    "idle-timeout-enabled",
    "deployment-tag",
    "fleet-id",
)
_OF_A_BUILD: Final = ("build-id", "build-tag", "file", "hide-upload-progress")

_DEADLINES: Final = ("outage-timeout", "undo-timeout")
_BUILD_DEADLINES: Final = ("build-timeout", "git-timeout")

COMMANDS: Final[Mapping[str, Entry]] = {
    "build info": Entry(
        "Show a build.", BUILD, ("build-id",), alias="get-build-info", needs=("build-id",)
    ),
    "build list": Entry("List the builds.", BUILD, alias="get-builds"),
    "build create": Entry(
        "Upload and build a folder or an archive (.tgz).",
        BUILD,
        (*_OF_A_BUILD, *_BUILD_DEADLINES, *_DEADLINES),
        alias="create-build",
        examples=("hathora build create --file ./server --build-tag v1.2.0 --output buildIdValue",),
    ),
    "build create-with-registry": Entry(
        "Make a build of an image of a container registry.",
        BUILD,
        ("build-id", "build-tag", "image", "registry", "auth", "build-timeout", *_DEADLINES),
        needs=("image",),
    ),
    "build delete": Entry(
        "Delete a build; one that is running is cancelled.",
        ANSWER,
        ("build-id",),
        alias="delete-build",
        needs=("build-id",),
    ),
    "deploy": Entry(
        "Build a folder, or an archive (.tgz) of one, and deploy it.",
        DEPLOYMENT,
        (*_OF_A_BUILD, *_OF_A_DEPLOYMENT, *_BUILD_DEADLINES, "lock-timeout", *_DEADLINES),
        examples=("hathora deploy --app-id APP --file ./server --from-latest",),
    ),
    "deployment info": Entry(
        "Show a deployment.",
        DEPLOYMENT,
        ("deployment-id",),
        alias="get-deployment-info",
        needs=("deployment-id",),
    ),
    "deployment latest": Entry(
        "Show the deployment that new rooms use.", DEPLOYMENT, alias="get-latest-deployment"
    ),
    "deployment list": Entry(
        "List the deployments of the app, newest first.", DEPLOYMENT, alias="get-deployments"
    ),
    "deployment create": Entry(
        "Deploy a build that there is.",
        DEPLOYMENT,
        ("build-id", *_OF_A_DEPLOYMENT, "lock-timeout", *_DEADLINES),
        alias="create-deployment",
        examples=("hathora deployment create --app-id APP --from-latest --env LEVEL=hard",),
    ),
    "log": Entry(
        "Print the output of a process.",
        None,
        ("process-id", "follow", "tail-lines"),
        needs=("process-id",),
    ),
}
"""Each is the function of its alias, or else of its last word, in the module of its first word."""

GROUPS: Final = {"build": "Builds.", "deployment": "Deployments."}
