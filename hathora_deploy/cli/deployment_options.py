"""The options that say how a folder is built and how its processes run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from hathora_deploy.cli.command import file_settings
from hathora_deploy.cli.options import (
    Decorator,
    Function,
    option,
    with_compression,
    with_dockerfile,
    with_lock_timeout,
)
from hathora_deploy.cli.origins import origins
from hathora_deploy.cli.values import HookCommand, NamedPort, Rate, Seconds
from hathora_deploy.cli.variables import ENV_VARIABLE, EnvFile, Source, Variable, merged, sources

if TYPE_CHECKING:
    from hathora_deploy.api.network import ContainerPort
    from hathora_deploy.pipeline.settings import DeploySettings
    from hathora_deploy.secret import Secret

HookLine = str | tuple[str, ...]

_BUILD: Final[tuple[Decorator, ...]] = (
    with_dockerfile,
    with_compression("auto", envvar="HATHORA_BUILD_COMPRESSION"),
    option(
        "--build-id",
        "-b",
        envvar="HATHORA_BUILD_ID",
        help="An id of your own for the build.  [default: by what the folder holds]",
    ),
    option(
        "--force",
        is_flag=True,
        envvar="HATHORA_BUILD_FORCE",
        help="Build again what was built before.",
    ),
    option(
        "--build-tag",
        "-bt",
        envvar="HATHORA_BUILD_TAG",
        help="Tag of the build.  [default: the git SHA]",
    ),
    option(
        "--allow-dirty",
        is_flag=True,
        envvar="HATHORA_ALLOW_DIRTY",
        help="In a pipeline, too, deploy files that are not as the commit has them.",
    ),
    option(
        "--limit-rate",
        type=Rate(),
        envvar="HATHORA_BUILD_LIMIT_RATE",
        help="Bytes a second that the upload may take, like 500K or 10M.",
    ),
    option(
        "--build-timeout",
        type=Seconds(),
        default=3600.0,
        show_default=True,
        envvar="HATHORA_BUILD_TIMEOUT",
        help="How long the build may take.",
    ),
    option(
        "--before-packaging",
        type=HookCommand(),
        metavar="COMMAND",
        envvar="HATHORA_HOOKS_BEFORE_PACKAGING",
        help="Run in the folder before it is read; where it fails, nothing happens.",
    ),
    option(
        "--after-build",
        type=HookCommand(),
        metavar="COMMAND",
        envvar="HATHORA_HOOKS_AFTER_BUILD",
        help="Run once the build has succeeded; where it fails, nothing is deployed.",
    ),
    option(
        "--hook-timeout",
        type=Seconds(),
        default=600.0,
        show_default=True,
        envvar="HATHORA_HOOKS_TIMEOUT",
        help="How long each of these commands may take.",
    ),
)


_UPLOAD_FIELDS: Final = {
    "upload_connect_timeout": "connect_timeout",
    "upload_stall_timeout": "stall_window",
    "upload_answer_timeout": "answer_timeout",
    "upload_join_timeout": "join_timeout",
    "upload_follow_timeout": "follow_timeout",
}
"""The field of UploadSettings that each option sets."""


def _upload_time(name: str, default: float | None, help: str) -> Decorator:
    return option(
        f"--upload-{name}",
        type=Seconds(may_be_zero=default is None),
        default=default,
        show_default=default is not None,
        envvar=f"HATHORA_UPLOAD_{name.upper().replace('-', '_')}",
        help=help,
    )


_UPLOAD: Final[tuple[Decorator, ...]] = (
    _upload_time("connect-timeout", 30.0, "How long the store may take to accept a connection."),
    _upload_time(
        "stall-timeout", 30.0, "How long a connection may stand still before it is replaced."
    ),
    _upload_time("answer-timeout", 120.0, "How long the store may take to answer to a part."),
    _upload_time("join-timeout", 300.0, "How long the store may take to join the parts."),
    _upload_time(
        "follow-timeout",
        None,
        "How long to wait for another deploy that uploads the same content."
        "  [default: 60, and 1 for every MiB]",
    ),
)

_SPEC: Final[tuple[Decorator, ...]] = (
    option(
        "--from-latest",
        is_flag=True,
        envvar="HATHORA_DEPLOYMENT_FROM_LATEST",
        help="What nobody says is as in the latest deployment, and its variables stay.",
    ),
    option(
        "--container-port",
        type=int,
        envvar="HATHORA_DEPLOYMENT_CONTAINER_PORT",
        help="Port that the server listens on.  [default: the Dockerfile's EXPOSE]",
    ),
    option(
        "--transport-type",
        type=click.Choice(["udp", "tcp", "tls"], case_sensitive=False),
        envvar="HATHORA_DEPLOYMENT_TRANSPORT_TYPE",
        help="How players reach that port.  [default: the Dockerfile's EXPOSE]",
    ),
    option(
        "--additional-container-ports",
        multiple=True,
        type=NamedPort(),
        envvar="HATHORA_DEPLOYMENT_ADDITIONAL_CONTAINER_PORTS",
        help="One more port; may be repeated.",
    ),
    option(
        "--env",
        multiple=True,
        type=Variable(),
        help=f"A variable of the server; may be repeated. {ENV_VARIABLE} holds one a line.",
    ),
    option(
        "--env-file",
        multiple=True,
        type=EnvFile(),
        envvar="HATHORA_DEPLOYMENT_ENV_FILE",
        help="Variables of the server, one NAME=VALUE a line; in quotes, values may have several lines.",
    ),
    option(
        "--requested-cpu",
        type=float,
        envvar="HATHORA_DEPLOYMENT_REQUESTED_CPU",
        help="Cores of a process.  [default: 0.5]",
    ),
    option(
        "--requested-memory-mb",
        type=int,
        envvar="HATHORA_DEPLOYMENT_REQUESTED_MEMORY_MB",
        help="Memory of a process, in MB.  [default: 1024]",
    ),
    option(
        "--requested-gpu",
        type=int,
        envvar="HATHORA_DEPLOYMENT_REQUESTED_GPU",
        help="Graphics cards of a process.  [default: none]",
    ),
    option(
        "--rooms-per-process",
        type=int,
        envvar="HATHORA_DEPLOYMENT_ROOMS_PER_PROCESS",
        help="Rooms that a process has place for.  [default: 1]",
    ),
    option(
        "--idle-timeout-enabled/--no-idle-timeout-enabled",
        default=None,
        envvar="HATHORA_DEPLOYMENT_IDLE_TIMEOUT_ENABLED",
        help="Stop a process that nobody has used for five minutes.  [default: enabled]",
    ),
    option(
        "--fleet-id",
        envvar="HATHORA_DEPLOYMENT_FLEET_ID",
        help="Fleet whose machines run the processes.",
    ),
    with_lock_timeout,
)

_DEPLOYMENT: Final[tuple[Decorator, ...]] = (
    option(
        "--deployment-tag",
        envvar=["HATHORA_DEPLOYMENT_DEPLOYMENT_TAG", "HATHORA_DEPLOYMENT_TAG"],
        help="Tag of the deployment.  [default: the git SHA]",
    ),
    *_SPEC,
    option(
        "--start-timeout",
        type=Seconds(),
        default=300.0,
        show_default=True,
        envvar="HATHORA_DEPLOYMENT_START_TIMEOUT",
        help="How long the room may take to be ready.",
    ),
    option(
        "--after-deploy",
        type=HookCommand(),
        metavar="COMMAND",
        envvar="HATHORA_HOOKS_AFTER_DEPLOY",
        help="Run once the deployment is live, before the room starts.",
    ),
)


def with_build(function: Function) -> Function:
    """The command gets what ``deploy_settings`` takes, for a build."""
    return _with(_BUILD + _UPLOAD, function)


def with_deployment(function: Function) -> Function:
    """The command gets what ``deploy_settings`` takes, for a deployment."""
    return _with(_BUILD + _UPLOAD + _DEPLOYMENT, function)


def with_spec(function: Function) -> Function:
    """The command gets what ``deploy_settings`` takes, for a deployment of a build that there is."""
    return _with(_SPEC, function)


def deploy_settings(
    *,
    compression: str = "auto",
    limit_rate: float | None = None,
    transport_type: str | None = None,
    additional_container_ports: tuple[ContainerPort, ...] = (),
    env: tuple[tuple[str, Secret], ...] = (),
    env_file: tuple[Source, ...] = (),
    before_packaging: HookLine | None = None,
    after_build: HookLine | None = None,
    after_deploy: HookLine | None = None,
    hook_timeout: float = 600.0,
    **given: Any,
) -> DeploySettings:
    """The settings of a deploy, of the values that the options of this command have brought."""
    from hathora_deploy.api.network import TransportType
    from hathora_deploy.pipeline.compression import Compression
    from hathora_deploy.pipeline.hooks import Hooks
    from hathora_deploy.pipeline.settings import DeploySettings, UploadSettings

    ctx = click.get_current_context()
    file = file_settings(ctx)
    variables, givers = merged(sources(file=file, env_files=env_file, flags=env))
    transport = TransportType(transport_type) if transport_type else None
    upload = {field: given.pop(name) for name, field in _UPLOAD_FIELDS.items() if name in given}
    return DeploySettings(
        compression=Compression.named(compression),
        upload=UploadSettings(rate_limit=limit_rate, **upload),
        transport_type=transport,
        additional_container_ports=additional_container_ports or None,
        env=variables,
        hooks=Hooks(before_packaging, after_build, after_deploy, hook_timeout),
        origins=origins(ctx, file) | {f"env.{name}": said for name, said in givers.items()},
        **given,
    )


def _with(options: tuple[Decorator, ...], function: Function) -> Function:
    for add in reversed(options):
        function = add(function)
    return function
