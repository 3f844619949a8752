"""Refuses what takes the files of a build that came without them."""

from __future__ import annotations

from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.cloud.state.builds import BuildRecord


def check_files(build: BuildRecord | None) -> None:
    """Raises UnprocessableEntity for a build that was imported."""
    if build is not None and build.expired_at is not None:
        raise UnprocessableEntity(
            f"build {build.build_id} was imported without its files: deploy",
            hint="hathora-deploy PATH --from-latest, with the folder of the game server",
        )
