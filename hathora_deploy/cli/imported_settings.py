"""The hathora.toml of an app that was imported: what its latest deployment was made with, but no secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hathora_deploy.api.imports import AppExport, ExportedDeployment
from hathora_deploy.api.network import ContainerPort

_HEAD = """\
# Settings of {name}, as it was imported. Flags and HATHORA_* variables win over them.
# Tokens do not belong here: set the variable HATHORA_TOKEN.

[app]
id = "{app_id}"
"""


def settings_text(export: AppExport, *, endpoint: str | None) -> str:
    """The file. ``endpoint`` is None for the local cloud, which needs no mention."""
    app = export.application
    text = _HEAD.format(name=app.app_name, app_id=app.app_id)
    if endpoint is not None:
        text += f"\n[cloud]\nendpoint = {json.dumps(endpoint)}\n"
    if export.deployments:
        text += "\n[deployment]\n" + "\n".join(_deployment(export.deployments[0])) + "\n"
    return text


def variable_names(deployment: ExportedDeployment) -> str:
    """``MOTD, DB_URL``."""
    return ", ".join(variable.name for variable in deployment.env)


def port_text(port: ContainerPort) -> str:
    """``query:27016/udp``, as --additional-container-ports takes it."""
    return f"{port.name}:{port.port}/{port.transport_type}"


def _deployment(latest: ExportedDeployment) -> Iterator[str]:
    if latest.env:
        yield f"# The values of its variables may be secrets: {variable_names(latest)}."
        yield "# They are not here, but in the cloud: each deploy takes them from the one before it."
        yield "from-latest = true"
    port = latest.default_container_port
    yield f"container-port = {port.port}"
    yield f'transport-type = "{port.transport_type}"'
    if latest.additional_container_ports:
        listed = ", ".join(f'"{port_text(each)}"' for each in latest.additional_container_ports)
        yield f"additional-container-ports = [{listed}]"
    yield f"requested-cpu = {latest.requested_cpu:g}"
    yield f"requested-memory-mb = {latest.requested_memory_mb}"
    gpu = latest.requested_gpu or latest.experimental_requested_gpu
    if gpu:
        yield f"requested-gpu = {gpu}"
    if latest.rooms_per_process:
        yield f"rooms-per-process = {latest.rooms_per_process}"
    yield f"idle-timeout-enabled = {str(latest.idle_timeout_enabled).lower()}"
