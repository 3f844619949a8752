"""Table of contents of the flags: the names, variables and keys by which the official ones go, and ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from hathora_deploy.cli.official.flag import Flag
from hathora_deploy.cli.official.texts import PortTexts, VariableTexts, WholeNumber
from hathora_deploy.cli.values import Seconds, SecretText


def _deployment(name: str, help: str, *, variable: str | None = None, **settings: Any) -> Flag:
    variable = variable or "HATHORA_DEPLOYMENT_" + name.upper().replace("-", "_")
    return Flag(name, help, variables=(variable,), key=f"deployment.{name}", **settings)


def _deadline(name: str, help: str, default: float, *, may_be_zero: bool = False) -> Flag:
    """A number of seconds, by the name and the variable that it has in ``hathora-deploy``."""
    variable = f"HATHORA_{name.upper().replace('-', '_')}"
    kind = Seconds(may_be_zero=may_be_zero)
    return Flag(name, help, variables=(variable,), type=kind, default=default)


GLOBAL: Final = (
    Flag("app-id", "App that the command is about.", "a", ("HATHORA_APP_ID",), "app.id"),
    Flag(
        "hathora-cloud-endpoint",
        "Where the API is served.",
        variables=("HATHORA_CLOUD_ENDPOINT",),
        key="global.cloud-endpoint",
        also="endpoint",
    ),
    Flag(
        "token",
        "Token of the organization; better in the variable, where others do not see it.",
        "t",
        ("HATHORA_TOKEN",),
        type=SecretText(),
    ),
    Flag(
        "output",
        "How the result is printed on stdout: text, json, or one field of it, like buildIdValue.",
        "o",
        ("HATHORA_OUTPUT",),
        "global.output",
        default="text",
    ),
    Flag("pretty", "Whether JSON is indented.", type=click.BOOL, default=True),
    Flag(
        "verbose",
        "Log every call on stderr, without its secrets.",
        "v",
        type=click.BOOL,
        is_list=True,
    ),
    Flag(
        "verbosity",
        "The same, from 1 on.",
        variables=("HATHORA_VERBOSITY",),
        key="global.verbosity",
        type=click.INT,
        default=0,
    ),
    Flag("config", "A file with settings, in YAML or JSON.", "c"),
    Flag(
        "local",
        "Use the local cloud, whatever the variables and the file say.",
        type=click.BOOL,
        default=False,
    ),
    Flag("data-dir", "Folder of the local cloud.", variables=("HATHORA_DATA_DIR",)),
    _deadline("call-timeout", "Seconds that the cloud may take to answer a call.", 60.0),
)
"""What every command takes, before it or after it."""

_BUILD: Final = (
    Flag("build-id", "Id of the build.", "b", ("HATHORA_BUILD_ID",), "build.id"),
    Flag("build-tag", "Tag of the build.", "bt", ("HATHORA_BUILD_TAG",), "build.tag"),
    Flag(
        "file",
        "Folder of the game server, or an archive (.tgz) of one.",
        "f",
        ("HATHORA_BUILD_FILE",),
        "build.file",
        default=".",
    ),
    Flag(
        "hide-upload-progress",
        "Print nothing while an upload lasts.",
        "hup",
        ("HATHORA_BUILD_HIDE_UPLOAD_PROGRESS",),
        "build.hide_upload_progress",
        type=click.BOOL,
        default=False,
    ),
    Flag(
        "image",
        "Name of the image, which may begin with its registry.",
        "i",
        ("HATHORA_BUILD_IMAGE",),
        "build.image_url",
    ),
    Flag(
        "registry",
        "Registry of the image, if its name does not say.",
        "r",
        ("HATHORA_BUILD_REGISTRY",),
        "build.registry",
    ),
    Flag(
        "auth",
        "Login for the registry, user:password or base64 of it; better in the variable.",
        variables=("HATHORA_BUILD_REGISTRY_AUTH",),
        key="build.auth",
        type=SecretText(),
    ),
)

_DEPLOYMENT: Final = (
    Flag("deployment-id", "Id of the deployment.", "d", ("HATHORA_DEPLOYMENT_ID",)),
    _deployment(
        "from-latest",
        "Take what no other flag says from the latest deployment.",
        type=click.BOOL,
        default=False,
    ),
    _deployment(
        "idle-timeout-enabled",
        "Whether a process that nobody has used for five minutes is stopped.  [default: true]",
        type=click.BOOL,
    ),
    _deployment(
        "rooms-per-process", "Rooms that a process has place for.  [default: 1]", type=click.INT
    ),
    _deployment(
        "transport-type",
        "How players reach the port.  [default: the Dockerfile's EXPOSE]",
        type=click.Choice(["tcp", "udp", "tls"], case_sensitive=False),
    ),
    _deployment(
        "container-port",
        "Port that the server listens on.  [default: the Dockerfile's EXPOSE]",
        type=click.IntRange(1, 65535),
    ),
    _deployment(
        "additional-container-ports",
        "More ports; commas between them, or repeated.",
        type=PortTexts(),
        is_list=True,
    ),
    _deployment("env", "Variables of the server; repeated.", type=VariableTexts(), is_list=True),
    _deployment(
        "requested-memory-mb", "Memory of a process, in MB.  [default: 1024]", type=WholeNumber()
    ),
    _deployment("requested-cpu", "Cores of a process.  [default: 0.5]", type=click.FLOAT),
    _deployment("requested-gpu", "Graphics cards of a process.", type=WholeNumber()),
    _deployment(
        "deployment-tag",
        "Tag of the deployment.  [default: the revision]",
        variable="HATHORA_DEPLOYMENT_DEPLOYMENT_TAG",
    ),
    _deployment("fleet-id", "Fleet whose machines run the processes."),
)

_LOG: Final = (
    Flag(
        "follow",
        "Also what comes, until the process ends.",
        variables=("HATHORA_LOG_FOLLOW",),
        key="log.follow",
        type=click.BOOL,
        default=False,
    ),
    Flag("process-id", "Id of the process.", "p", ("HATHORA_LOG_PROCESS_ID",), "log.process-id"),
    Flag(
        "tail-lines",
        "Lines of what came before.",
        variables=("HATHORA_LOG_TAIL_LINES", "HATHORA_BUILD_TAIL_LINES"),
        key="log.tail-lines",
        type=click.IntRange(1, 5000),
        default=100,
    ),
)

_DEADLINES: Final = (
    _deadline("build-timeout", "Seconds that the build may take.", 3600.0),
    _deadline("git-timeout", "Seconds that git may take to answer each question.", 300.0),
    _deadline(
        "lock-timeout",
        "Seconds to wait for another deploy to the same app; 0 fails at once.",
        600.0,
        may_be_zero=True,
    ),
    _deadline(
        "outage-timeout",
        "Seconds that the cloud may be away while something is waited for.",
        60.0,
        may_be_zero=True,
    ),
    _deadline(
        "undo-timeout",
        "Seconds to try again to take back each thing that was begun, where it fails.",
        5.0,
        may_be_zero=True,
    ),
)

FLAGS: Final[Mapping[str, Flag]] = {
    flag.name: flag for flag in (*GLOBAL, *_BUILD, *_DEPLOYMENT, *_LOG, *_DEADLINES)
}
