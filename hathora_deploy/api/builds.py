"""Builds: archives turned into something a runtime starts."""

from __future__ import annotations

from hathora_deploy.api.limits import BuildTag
from hathora_deploy.api.model import DateTime, Model, OpenEnum
from hathora_deploy.api.operation import ByteStream, Operation, Query
from hathora_deploy.secret import Secret


class BuildStatus(OpenEnum):
    """What became of a build."""

    CREATED = "created"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class BuildV3(Model):
    """A build."""

    org_id: str
    build_id: str
    created_by: str
    created_at: DateTime
    started_at: DateTime | None
    finished_at: DateTime | None
    deleted_at: DateTime | None
    status: BuildStatus
    image_size: int
    build_tag: str | None = None
    content_hash: str | None = None
    share_url: str | None = None
    expired_at: DateTime | None = None


class BuildsV3Page(Model):
    """The builds of an organization."""

    builds: list[BuildV3]


class BuildPart(Model):
    """Where a part is put."""

    part_number: int
    put_request_url: Secret


class CreatedBuildV3WithMultipartUrls(BuildV3):
    """A build and where its archive goes: part n is the n-th slice of ``max_chunk_size`` bytes."""

    upload_parts: list[BuildPart]
    max_chunk_size: int
    complete_upload_post_request_url: Secret


class DeletedBuild(Model):
    """Answer to a deletion."""


class GetBuilds(
    Operation[BuildsV3Page],
    method="GET",
    path="/builds/v3/builds",
    errors=(401, 404, 408, 422, 429),
):
    """List the builds of an organization."""

    org_id: Query[str | None] = None


class CreateBuild(
    Operation[CreatedBuildV3WithMultipartUrls],
    method="POST",
    path="/builds/v3/builds",
    status=201,
    errors=(400, 401, 404, 408, 422, 429, 500),
):
    """Create a build, with the presigned URLs its archive is uploaded to."""

    build_size_in_bytes: int
    build_tag: BuildTag | None = None
    build_id: str | None = None
    org_id: Query[str | None] = None


class CreateBuildRegistry(
    Operation[BuildV3],
    method="POST",
    path="/builds/v3/builds/registry",
    status=201,
    errors=(400, 401, 404, 408, 422, 429, 500),
):
    """Create a build that will be pulled from a container registry."""

    build_tag: BuildTag | None = None
    build_id: str | None = None
    org_id: Query[str | None] = None


class DeleteBuild(
    Operation[DeletedBuild],
    method="DELETE",
    path="/builds/v3/builds/{buildId}",
    errors=(401, 404, 408, 422, 429, 500),
):
    """Delete a build; one that is running is cancelled."""

    build_id: str
    org_id: Query[str | None] = None


class GetBuild(
    Operation[BuildV3],
    method="GET",
    path="/builds/v3/builds/{buildId}",
    errors=(401, 404, 408, 429),
):
    """Get a build; its status is the verdict on its run."""

    build_id: str
    org_id: Query[str | None] = None


class RunBuild(
    Operation[ByteStream],
    method="POST",
    path="/builds/v3/builds/{buildId}/run",
    errors=(400, 401, 404, 408, 422, 429, 500),
):
    """Run a build whose archive is uploaded, and stream its log until it ends."""

    build_id: str
    org_id: Query[str | None] = None


class RunBuildRegistry(
    Operation[ByteStream],
    method="POST",
    path="/builds/v3/builds/{buildId}/runRegistry",
    errors=(400, 401, 404, 408, 422, 429, 500),
):
    """Run a build by pulling its image, and stream its log until it ends."""

    build_id: str
    image: str
    registry_url: str | None = None
    auth: Secret | None = None
    org_id: Query[str | None] = None
