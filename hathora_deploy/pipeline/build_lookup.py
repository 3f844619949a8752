"""The build of an id, if there is one."""

from __future__ import annotations

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.errors import NotFound
from hathora_deploy.client import HathoraCloud


def find_build(cloud: HathoraCloud, build_id: str) -> BuildV3 | None:
    """None where there is none. Raises what else the cloud answers."""
    try:
        return cloud.builds_v3.get_build(build_id=build_id)
    except NotFound:
        return None
