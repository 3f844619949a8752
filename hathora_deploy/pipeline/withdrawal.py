"""Taking back a build that others may rely on by now: its id is that of its content."""

from __future__ import annotations

from hathora_deploy.api.builds import BuildStatus, BuildV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.build_lookup import find_build, is_same_build


def withdraw(cloud: HathoraCloud, created: BuildV3) -> None:
    """Delete it, unless it has succeeded, and so may serve others, or its id is that of another by now."""
    found = cloud.builds_v3.get_build(build_id=created.build_id)
    if is_same_build(found, created) and found.status != BuildStatus.SUCCEEDED:
        cloud.builds_v3.delete_build(build_id=created.build_id)


def withdraw_made(cloud: HathoraCloud, made: BuildV3) -> None:
    """Delete it though it has succeeded; the cloud keeps one that is deployed by now."""
    if is_same_build(cloud.builds_v3.get_build(build_id=made.build_id), made):
        cloud.builds_v3.delete_build(build_id=made.build_id)


def withdraw_unconfirmed(cloud: HathoraCloud, build_id: str) -> None:
    """Delete what a call that got no answer has made: not a build that somebody has begun to run."""
    if cloud.builds_v3.get_build(build_id=build_id).status == BuildStatus.CREATED:
        cloud.builds_v3.delete_build(build_id=build_id)


def is_superseded(cloud: HathoraCloud, created: BuildV3) -> bool:
    """Whether another build has its id; not if it is just gone, or nobody can be asked."""
    try:
        return not is_same_build(cloud.builds_v3.get_build(build_id=created.build_id), created)
    except HathoraError:
        return False


def is_waiting(cloud: HathoraCloud, created: BuildV3) -> bool:
    """Whether it is there as it was created, for an upload to be completed."""
    found = find_build(cloud, created.build_id)
    return (
        found is not None and is_same_build(found, created) and found.status == BuildStatus.CREATED
    )
