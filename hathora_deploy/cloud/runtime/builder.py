"""What the docker runtime asks of a builder, and which of the two it gets."""

from __future__ import annotations

import threading
from typing import Protocol

from hathora_deploy.cloud.archive.inspection import InspectedArchive
from hathora_deploy.cloud.runtime.port import BuildLog


class ImageBuilder(Protocol):
    """Builds an archive into a tagged image of the engine."""

    def build_image(
        self,
        engine: str,
        archive: InspectedArchive,
        *,
        tag: str,
        labels: dict[str, str],
        log: BuildLog,
        cancelled: threading.Event,
    ) -> None:
        """Raises BuildFailed, or BuildCancelled; either way no image is left."""
        ...


def choose_builder(engine: str) -> ImageBuilder:
    """BuildKit where it is to be had, else the engine's builder of old."""
    from hathora_deploy.cloud.runtime.buildkit_command import find_buildkit

    program = find_buildkit(engine)
    if program is not None:
        from hathora_deploy.cloud.runtime.buildkit import BuildKit

        return BuildKit(program)
    from hathora_deploy.cloud.runtime.docker_build import EngineBuilder

    return EngineBuilder()
