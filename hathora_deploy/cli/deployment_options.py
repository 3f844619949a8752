"""The options that say how the processes of a deployment run, and the settings that all options come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from hathora_deploy.cli.build_options import UPLOAD_FIELDS, with_build
from hathora_deploy.cli.command import file_settings
from hathora_deploy.cli.deadline_options import with_lock_timeout, with_patience
from hathora_deploy.cli.options import Decorator, Function, option, with_options
from hathora_deploy.cli.origins import origins
from hathora_deploy.cli.values import HookCommand, NamedPort, Seconds
from hathora_deploy.cli.variables import ENV_VARIABLE, EnvFile, Source, Variable, merged, sources

if TYPE_CHECKING:
    from hathora_deploy.api.network import ContainerPort
    from hathora_deploy.pipeline.settings import DeploySettings
    from hathora_deploy.secret import Secret

HookLine = str | tuple[str, ...]

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


def with_deployment(function: Function) -> Function:
    """The command gets what ``deploy_settings`` takes, for a deployment."""
    return with_build(with_options(_DEPLOYMENT, function))


def with_spec(function: Function) -> Function:
    """The command gets what ``deploy_settings`` takes, for a deployment of a build that there is."""
    return with_options((*_SPEC, with_patience), function)


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
    upload = {field: given.pop(name) for name, field in UPLOAD_FIELDS.items() if name in given}
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
