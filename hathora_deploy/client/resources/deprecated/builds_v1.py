"""Builds with an archive that travels in the run."""

from __future__ import annotations

from hathora_deploy.api.deprecated import builds_v1
from hathora_deploy.client.call import call, stream_call
from hathora_deploy.client.resource import ModeT, Resource


class BuildsV1(Resource[ModeT]):
    """Builds with an archive that travels in the run."""

    create_build_deprecated = call(builds_v1.CreateBuildDeprecated)
    delete_build_deprecated = call(builds_v1.DeleteBuildDeprecated)
    get_build_info_deprecated = call(builds_v1.GetBuildInfoDeprecated)
    get_builds_deprecated = call(builds_v1.GetBuildsDeprecated)
    run_build_deprecated = stream_call(builds_v1.RunBuildDeprecated)
