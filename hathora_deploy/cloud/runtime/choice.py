"""Chooses the runtime of a cloud."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal

from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.runtime.engine import find_engine
from hathora_deploy.cloud.runtime.port import Runtime
from hathora_deploy.cloud.runtime.rights import choose_rights


def choose(
    name: Literal["auto", "process", "docker"],
    *,
    root: Path,
    publish_host: str,
    run_as: str | None = None,
) -> Runtime:
    """The runtime of that name; ``auto`` is docker when an engine answers, else process.

    ``publish_host`` is where players connect: on loopback, ports are published to this machine only.
    """
    engine = None if name == "process" else find_engine()
    if engine is not None:
        from hathora_deploy.cloud.runtime.docker import DockerRuntime

        return DockerRuntime(engine, publish_address=_publish_address(publish_host))
    if name == "docker":
        raise CloudStartError(
            "no Docker engine answers",
            hint="start Docker, or see DOCKER_HOST; without Docker: --runtime process",
        )
    from hathora_deploy.cloud.runtime.process import ProcessRuntime

    return ProcessRuntime(root, rights=choose_rights(run_as))


def _publish_address(host: str) -> str:
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = host == "localhost"
    # Another host may be a name, or the address of a router: only all addresses surely reach it.
    return "127.0.0.1" if is_loopback else "0.0.0.0"  # noqa: S104 - asked for by a public host
