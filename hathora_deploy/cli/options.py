"""The options that commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from hathora_deploy.cli.output import Output
from hathora_deploy.cli.values import EnvironmentName, RegionName, Seconds, SecretText

if TYPE_CHECKING:
    from hathora_deploy.cloud.settings import RuntimeName
    from hathora_deploy.secret import Secret

Function = Callable[..., int | None]
"""What a command does; it may return an exit code."""
Decorator = Callable[[Function], Function]


@dataclass(frozen=True)
class TargetSettings:
    """Which cloud, and which of its apps, a command is about; None is what nobody named."""

    token: Secret | None = None
    endpoint: str | None = None
    app_id: str | None = None
    local: bool = False
    data_dir: Path | None = None
    runtime: RuntimeName = "auto"
    call_timeout: float = 60.0
    """Seconds, of one attempt."""


def with_output(function: Function) -> Function:
    """The command gets ``output``."""
    return _with_output(function, "--output", "-o")


def with_long_output(function: Function) -> Function:
    """As ``with_output``, for a command whose ``-o`` names a file."""
    return _with_output(function, "--output")


def _with_output(function: Function, *names: str) -> Function:
    @functools.wraps(function)
    def command(**options: Any) -> int | None:
        return function(output=click.get_current_context().ensure_object(Output), **options)

    return option(
        *names,
        type=click.Choice(["text", "json"]),
        default="text",
        envvar="HATHORA_OUTPUT",
        expose_value=False,  # Command reads it, before all others
        help="How the result is printed on stdout.",
    )(command)


def with_data_dir(function: Function) -> Function:
    """The command gets ``data_dir``."""
    return option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="HATHORA_DATA_DIR",
        help="Folder of the local cloud.",
    )(function)


def with_endpoint(function: Function) -> Function:
    """The command gets ``endpoint``, None where nobody named one."""
    return option(
        "--endpoint",
        "--hathora-cloud-endpoint",
        "endpoint",
        metavar="URL",
        envvar="HATHORA_CLOUD_ENDPOINT",
        help="Where the API is served.",
    )(function)


def with_config(function: Function) -> Function:
    """The command takes ``--config`` and ``--environment``, which Command reads."""
    named = option(
        "--environment",
        "-e",
        type=EnvironmentName(),
        metavar="NAME",
        expose_value=False,
        envvar="HATHORA_ENVIRONMENT",
        help="Whose settings in that file win, like staging.",
    )(function)
    return with_config_file(named)


def with_config_file(function: Function) -> Function:
    """The command takes ``--config``, which Command reads."""
    return option(
        "--config",
        "-c",
        expose_value=False,
        type=click.Path(dir_okay=False),
        help="Settings file, if not hathora.toml of the folder.",
    )(function)


def with_target(function: Function) -> Function:
    """The command gets ``target``, a TargetSettings, and ``output``."""
    app = option("--app-id", "-a", envvar="HATHORA_APP_ID", help="App that the command is about.")
    return app(_with_cloud(function, with_config))


def with_cloud(function: Function) -> Function:
    """As ``with_target``, for a command whose arguments are environments, and so say which apps."""
    return _with_cloud(function, with_config_file)


def _with_cloud(function: Function, with_file: Decorator) -> Function:
    @functools.wraps(function)
    def command(
        token: Secret | None,
        endpoint: str | None,
        local: bool,
        data_dir: Path | None,
        call_timeout: float,
        app_id: str | None = None,
        **options: Any,
    ) -> int | None:
        target = target_settings(
            token=token,
            endpoint=endpoint,
            app_id=app_id,
            local=local,
            data_dir=data_dir,
            call_timeout=call_timeout,
        )
        return function(target=target, **options)

    shared = (
        option(
            "--token",
            "-t",
            type=SecretText(),
            envvar="HATHORA_TOKEN",
            help="Token of the organization; better in the variable, where others do not see it.",
        ),
        with_endpoint,
        option(
            "--local",
            is_flag=True,
            help="Use the local cloud, whatever the environment and hathora.toml say.",
        ),
        with_data_dir,
        option(
            "--call-timeout",
            type=Seconds(),
            default=60.0,
            show_default=True,
            envvar="HATHORA_CALL_TIMEOUT",
            help="How long the cloud may take to answer a call.",
        ),
        with_file,
        with_output,
    )
    return with_options(shared, command)


def target_settings(*, local: bool, app_id: str | None, **given: Any) -> TargetSettings:
    """Of the values of a command's options."""
    if local:
        _refuse_beside_local()
        # An app id of the environment or of hathora.toml is one of that other cloud.
        app_id = app_id if _is_flag("app_id") else None
    return TargetSettings(local=local, app_id=app_id, **given)


def with_dockerfile(function: Function) -> Function:
    """The command gets ``dockerfile``."""
    return option(
        "--dockerfile",
        metavar="FILE",
        envvar="HATHORA_BUILD_DOCKERFILE",
        help="Dockerfile, as a path that begins in the folder.",
    )(function)


def with_compression(default: str, **settings: Any) -> Decorator:
    """The command gets ``compression``, the name of a Compression."""
    return option(
        "--compression",
        type=click.Choice(["auto", *map(str, range(10))]),
        default=default,
        show_default=True,
        metavar="auto|0..9",
        help="From 0, which stores, to 9, which is smallest; auto is for speed, and follows the link "
        "of a deploy. The bytes of a level are the same on every machine, those of auto are not.",
        **settings,
    )


def with_org(function: Function) -> Function:
    """The command gets ``org_id``."""
    return option(
        "--org-id", envvar="HATHORA_ORG_ID", help="Organization, if the token belongs to several."
    )(function)


def with_runtime(function: Function) -> Function:
    """The command gets ``runtime``."""
    return option(
        "--runtime",
        type=click.Choice(["auto", "process", "docker"]),
        default="auto",
        show_default=True,
        help="What the local cloud builds and runs with; auto is docker where an engine answers.",
    )(function)


def with_region(function: Function) -> Function:
    """The command gets ``region``, None for the default one."""
    return option(
        "--region",
        type=RegionName(),
        envvar="HATHORA_REGION",
        help="Where the process runs.  [default: Seattle]",
    )(function)


def with_options(options: Sequence[Decorator], function: Function) -> Function:
    """The command takes them; its help lists them in this order."""
    for add in reversed(options):
        function = add(function)
    return function


def option(*names: str, **settings: Any) -> Decorator:
    """A click option that shows its environment variable, and takes an empty one as absent."""
    return click.option(*names, show_envvar="envvar" in settings, **settings)


def _refuse_beside_local() -> None:
    for name in ("token", "endpoint"):
        if _is_flag(name):
            ctx = click.get_current_context()
            raise click.UsageError(f"--local and --{name} exclude each other", ctx)


def _is_flag(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.COMMANDLINE
