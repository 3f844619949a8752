"""Builds."""

from __future__ import annotations

from hathora_deploy.api import builds
from hathora_deploy.client.call import call, stream_call
from hathora_deploy.client.resource import ModeT, Resource


class BuildsV3(Resource[ModeT]):
    """Builds."""

    get_builds = call(builds.GetBuilds)
    create_build = call(builds.CreateBuild)
    create_build_registry = call(builds.CreateBuildRegistry)
    delete_build = call(builds.DeleteBuild)
    get_build = call(builds.GetBuild)
    run_build = stream_call(builds.RunBuild)
    run_build_registry = stream_call(builds.RunBuildRegistry)
