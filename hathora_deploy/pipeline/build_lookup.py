"""The build of an id, if there is one, and whether it is the one that was meant."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.errors import NotFound
from hathora_deploy.client import HathoraCloud

SAME_MOMENT: Final = timedelta(seconds=1)
"""A cloud may tell of a time more coarsely the second time."""


def find_build(cloud: HathoraCloud, build_id: str) -> BuildV3 | None:
    """None where there is none. Raises what else the cloud answers."""
    try:
        return cloud.builds_v3.get_build(build_id=build_id)
    except NotFound:
        return None


def is_same_build(found: BuildV3, created: BuildV3) -> bool:
    """Whether a build of the same id is the one that was created, and none that came after it."""
    return abs(found.created_at - created.created_at) < SAME_MOMENT
