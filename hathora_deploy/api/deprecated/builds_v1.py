"""Builds that are known by a number; the archive travels in the request that runs it."""

from __future__ import annotations

from hathora_deploy.api import builds
from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.limits import BuildTag
from hathora_deploy.api.model import DateTime, Model
from hathora_deploy.api.network import Region
from hathora_deploy.api.operation import FROM_CLIENT, File, Form, Operation, TextStream


class RegionalContainerTag(Model):
    """Where a region pulled an image from."""

    region: Region
    container_tag: str


class Build(Model):
    """A build, known by a number."""

    app_id: str
    build_id: int
    created_by: str
    created_at: DateTime
    started_at: DateTime | None
    finished_at: DateTime | None
    deleted_at: DateTime | None
    status: BuildStatus
    image_size: int
    regional_container_tags: list[RegionalContainerTag]
    build_tag: str | None = None
    expired_at: DateTime | None = None


class CreateBuildDeprecated(
    Operation[Build],
    method="POST",
    path="/builds/v1/{appId}/create",
    status=201,
    errors=(401, 404, 408, 422, 429, 500),
    successor=builds.CreateBuild,
):
    """Create a build, whose archive is sent when it is run."""

    app_id: str = FROM_CLIENT
    build_tag: BuildTag | None = None


class DeleteBuildDeprecated(
    Operation[None],
    method="DELETE",
    path="/builds/v1/{appId}/delete/{buildId}",
    status=204,
    errors=(401, 404, 408, 422, 429, 500),
    successor=builds.DeleteBuild,
):
    """Delete a build; one that is running is cancelled."""

    build_id: int
    app_id: str = FROM_CLIENT


class GetBuildInfoDeprecated(
    Operation[Build],
    method="GET",
    path="/builds/v1/{appId}/info/{buildId}",
    errors=(401, 404, 408, 429),
    successor=builds.GetBuild,
):
    """Get a build; its status is the verdict on its run."""

    build_id: int
    app_id: str = FROM_CLIENT


class GetBuildsDeprecated(
    Operation[list[Build]],
    method="GET",
    path="/builds/v1/{appId}/list",
    errors=(401, 404, 408, 429),
    successor=builds.GetBuilds,
):
    """List builds."""

    app_id: str = FROM_CLIENT


class RunBuildDeprecated(
    Operation[TextStream],
    method="POST",
    path="/builds/v1/{appId}/run/{buildId}",
    errors=(400, 401, 404, 408, 422, 429, 500),
    successor=builds.RunBuild,
):
    """Send the archive of a build, run it, and stream its log until it ends."""

    build_id: int
    file: Form[File]
    app_id: str = FROM_CLIENT
