"""What the flags say of a deploy, as the pipeline takes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hathora_deploy.api.network import TransportType
from hathora_deploy.pipeline.given_archive import is_archive
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.settings import DeploySettings

if TYPE_CHECKING:
    from hathora_deploy.api.network import ContainerPort
    from hathora_deploy.cli.official.texts import Pairs


def source_of(file: str | None) -> Path:
    """The folder or the archive that --file names."""
    if file is None:
        # More likely a variable of a script is not set than that the working folder is meant.
        raise click.UsageError("--file is empty")
    path = Path(file)
    if not path.is_dir() and not is_archive(path):
        wrong = "is neither a folder nor a .tgz" if path.exists() else "is not there"
        raise click.UsageError(f"--file {file} {wrong}")
    return path


def build_settings(*, outage_timeout: float, undo_timeout: float, **given: Any) -> DeploySettings:
    """What is not committed is built in a pipeline, too: the official command line knows no git."""
    patience = Patience(outage_timeout, undo_timeout)
    return DeploySettings(allow_dirty=True, patience=patience, **given)


def deploy_settings(
    *,
    env: tuple[Pairs, ...],
    additional_container_ports: tuple[tuple[ContainerPort, ...], ...],
    transport_type: str | None,
    **given: Any,
) -> DeploySettings:
    """No room is opened, as there is no flag for it."""
    ports = tuple(port for ports in additional_container_ports for port in ports)
    return build_settings(
        env=dict(pair for pairs in env for pair in pairs),
        additional_container_ports=ports or None,
        transport_type=TransportType(transport_type) if transport_type else None,
        **given,
    )
