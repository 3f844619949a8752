"""Chooses the runtime of a cloud."""

from __future__ import annotations

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
    publish_address: str,
    cloud_id: str,
    run_as: str | None = None,
) -> Runtime:
    """The runtime of that name; ``auto`` is docker when an engine answers, else process.

    ``publish_address`` is where players connect. ``cloud_id`` marks what this cloud has in an engine.
    """
    engine = None if name == "process" else find_engine()
    if engine is not None:
        from hathora_deploy.cloud.runtime.docker import DockerRuntime

        return DockerRuntime(engine, cloud_id=cloud_id, publish_address=publish_address)
    if name == "docker":
        raise CloudStartError(
            "no Docker engine answers",
            hint="start Docker, or see DOCKER_HOST; without Docker: --runtime process",
        )
    from hathora_deploy.cloud.runtime.process import ProcessRuntime

    return ProcessRuntime(root, rights=choose_rights(run_as))
