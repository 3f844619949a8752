"""Builds that are known by a number; the archive may be uploaded before the run."""

from __future__ import annotations

from hathora_deploy.api import builds
from hathora_deploy.api.builds import BuildPart
from hathora_deploy.api.deprecated.builds_v1 import Build
from hathora_deploy.api.limits import BuildTag
from hathora_deploy.api.model import Model
from hathora_deploy.api.operation import FROM_CLIENT, ByteStream, File, Form, Operation
from hathora_deploy.secret import Secret


class BuildWithMultipartUrls(Build):
    """A build and where its archive goes: part n is the n-th slice of ``max_chunk_size`` bytes."""

    upload_parts: list[BuildPart]
    max_chunk_size: int
    complete_upload_post_request_url: Secret


class UploadBodyParam(Model):
    """A field to send with an archive."""

    key: str
    value: Secret


class BuildWithUploadUrl(Build):
    """A build and where its archive goes, in one piece."""

    upload_url: Secret
    upload_body_params: list[UploadBodyParam]


class CreateBuildV2Deprecated(
    Operation[Build],
    method="POST",
    path="/builds/v2/{appId}/create",
    status=201,
    errors=(401, 404, 408, 422, 429, 500),
    successor=builds.CreateBuild,
):
    """Create a build, whose archive is sent when it is run."""

    app_id: str = FROM_CLIENT
    build_tag: BuildTag | None = None


class CreateWithMultipartUploadsV2Deprecated(
    Operation[BuildWithMultipartUrls],
    method="POST",
    path="/builds/v2/{appId}/createWithMultipartUploads",
    status=201,
    errors=(400, 401, 404, 408, 422, 429, 500),
    successor=builds.CreateBuild,
):
    """Create a build, with the presigned URLs the parts of its archive are uploaded to."""

    build_size_in_bytes: int
    app_id: str = FROM_CLIENT
    build_tag: BuildTag | None = None
    build_id: str | None = None


class CreateBuildWithUploadUrlV2Deprecated(
    Operation[BuildWithUploadUrl],
    method="POST",
    path="/builds/v2/{appId}/createWithUploadUrl",
    status=201,
    errors=(401, 404, 408, 422, 429, 500),
    successor=builds.CreateBuild,
):
    """Create a build, with the presigned URL its archive is uploaded to."""

    app_id: str = FROM_CLIENT
    build_tag: BuildTag | None = None


class DeleteBuildV2Deprecated(
    Operation[None],
    method="DELETE",
    path="/builds/v2/{appId}/delete/{buildId}",
    status=204,
    errors=(401, 404, 408, 422, 429, 500),
    successor=builds.DeleteBuild,
):
    """Delete a build; one that is running is cancelled."""

    build_id: int
    app_id: str = FROM_CLIENT


class GetBuildInfoV2Deprecated(
    Operation[Build],
    method="GET",
    path="/builds/v2/{appId}/info/{buildId}",
    errors=(401, 404, 408, 429),
    successor=builds.GetBuild,
):
    """Get a build; its status is the verdict on its run."""

    build_id: int
    app_id: str = FROM_CLIENT


class GetBuildsV2Deprecated(
    Operation[list[Build]],
    method="GET",
    path="/builds/v2/{appId}/list",
    errors=(401, 404, 408, 429),
    successor=builds.GetBuilds,
):
    """List builds."""

    app_id: str = FROM_CLIENT


class RunBuildV2Deprecated(
    Operation[ByteStream],
    method="POST",
    path="/builds/v2/{appId}/run/{buildId}",
    errors=(400, 401, 404, 408, 422, 429, 500),
    successor=builds.RunBuild,
):
    """Run a build whose archive is uploaded, or sent with this, and stream its log until it ends."""

    build_id: int
    app_id: str = FROM_CLIENT
    file: Form[File | None] = None
