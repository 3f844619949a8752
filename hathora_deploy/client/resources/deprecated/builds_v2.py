"""Builds that are known by a number."""

from __future__ import annotations

from hathora_deploy.api.deprecated import builds_v2
from hathora_deploy.client.call import call, stream_call
from hathora_deploy.client.resource import ModeT, Resource


class BuildsV2(Resource[ModeT]):
    """Builds that are known by a number."""

    create_build_v2_deprecated = call(builds_v2.CreateBuildV2Deprecated)
    create_with_multipart_uploads_v2_deprecated = call(
        builds_v2.CreateWithMultipartUploadsV2Deprecated
    )
    create_build_with_upload_url_v2_deprecated = call(
        builds_v2.CreateBuildWithUploadUrlV2Deprecated
    )
    delete_build_v2_deprecated = call(builds_v2.DeleteBuildV2Deprecated)
    get_build_info_v2_deprecated = call(builds_v2.GetBuildInfoV2Deprecated)
    get_builds_v2_deprecated = call(builds_v2.GetBuildsV2Deprecated)
    run_build_v2_deprecated = stream_call(builds_v2.RunBuildV2Deprecated)
