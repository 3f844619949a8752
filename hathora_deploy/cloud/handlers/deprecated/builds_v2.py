"""BuildsV2, where it is more than BuildsV1."""

from __future__ import annotations

from hathora_deploy.api.builds import CreateBuild
from hathora_deploy.api.deprecated.builds_v2 import (
    BuildWithMultipartUrls,
    BuildWithUploadUrl,
    CreateBuildWithUploadUrlV2Deprecated,
    CreateWithMultipartUploadsV2Deprecated,
    RunBuildV2Deprecated,
    UploadBodyParam,
)
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import builds
from hathora_deploy.cloud.handlers.deprecated import builds_v1
from hathora_deploy.cloud.handlers.deprecated.translation import translated
from hathora_deploy.cloud.handlers.ownership import find_app, find_build
from hathora_deploy.cloud.logs import LogStream


def create_with_multipart_uploads(
    operation: CreateWithMultipartUploadsV2Deprecated, call: Call
) -> BuildWithMultipartUrls:
    with call.cloud.store.read() as connection:
        app = find_app(connection, call, operation.app_id)
    created = builds.create_build(translated(CreateBuild, operation, org_id=app.org_id), call)
    with call.cloud.store.read() as connection:
        build = find_build(connection, call, created.build_id, org_id=app.org_id)
        seen = builds_v1.view_of(connection, app.app_id, build.key, created)
    return translated(BuildWithMultipartUrls, created, **dict(seen))


def create_with_upload_url(
    operation: CreateBuildWithUploadUrlV2Deprecated, call: Call
) -> BuildWithUploadUrl:
    build, upload = builds_v1.create(operation, call)
    fields = [UploadBodyParam(key=name, value=value) for name, value in upload.fields.items()]
    return translated(BuildWithUploadUrl, build, upload_url=upload.url, upload_body_params=fields)


def run_build(operation: RunBuildV2Deprecated, call: Call) -> LogStream:
    return builds_v1.run(operation.app_id, operation.build_id, operation.file, call)
