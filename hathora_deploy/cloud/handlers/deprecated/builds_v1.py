"""BuildsV1, and what BuildsV2 has in common with it.

Builds belong to an organization today, so each app sees all builds of its own.
"""

from __future__ import annotations

from typing import IO

from sqlalchemy import Connection

from hathora_deploy.api.builds import BuildV3, CreateBuild, DeleteBuild, RunBuild
from hathora_deploy.api.deprecated.builds_v1 import (
    Build,
    CreateBuildDeprecated,
    DeleteBuildDeprecated,
    GetBuildInfoDeprecated,
    GetBuildsDeprecated,
    RunBuildDeprecated,
)
from hathora_deploy.api.deprecated.builds_v2 import (
    CreateBuildV2Deprecated,
    CreateBuildWithUploadUrlV2Deprecated,
    DeleteBuildV2Deprecated,
    GetBuildInfoV2Deprecated,
    GetBuildsV2Deprecated,
)
from hathora_deploy.api.errors import BadRequest, InternalServerError
from hathora_deploy.cloud import ids
from hathora_deploy.cloud.artifacts.errors import InsufficientStorage, UploadRefused
from hathora_deploy.cloud.artifacts.port import WholeUpload
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import builds
from hathora_deploy.cloud.handlers.deprecated import numbers
from hathora_deploy.cloud.handlers.deprecated.translation import translated
from hathora_deploy.cloud.handlers.ownership import find_app
from hathora_deploy.cloud.logs import LogStream
from hathora_deploy.cloud.state import build_numbers, builds as build_state


def get_builds(operation: GetBuildsDeprecated | GetBuildsV2Deprecated, call: Call) -> list[Build]:
    with call.cloud.store.read() as connection:
        app = find_app(connection, call, operation.app_id)
        numbered = build_numbers.of_org(connection, app.org_id)
        found = build_state.list_of_org(connection, app.org_id)
    return [
        _view(app.app_id, numbered[build.key], builds.view(build, call.cloud.builder))
        for build in found
    ]


def create_build(operation: CreateBuildDeprecated | CreateBuildV2Deprecated, call: Call) -> Build:
    build, _ = create(operation, call)
    return build


def get_build(operation: GetBuildInfoDeprecated | GetBuildInfoV2Deprecated, call: Call) -> Build:
    with call.cloud.store.read() as connection:
        build = numbers.find_build(connection, call, operation.app_id, operation.build_id)
    return _view(operation.app_id, operation.build_id, builds.view(build, call.cloud.builder))


def run_build(operation: RunBuildDeprecated, call: Call) -> LogStream:
    return run(operation.app_id, operation.build_id, operation.file, call)


def delete_build(operation: DeleteBuildDeprecated | DeleteBuildV2Deprecated, call: Call) -> None:
    with call.cloud.store.read() as connection:
        build = numbers.find_build(connection, call, operation.app_id, operation.build_id)
    builds.delete_build(DeleteBuild(build_id=build.build_id, org_id=build.org_id), call)


def create(
    operation: CreateBuildDeprecated
    | CreateBuildV2Deprecated
    | CreateBuildWithUploadUrlV2Deprecated,
    call: Call,
) -> tuple[Build, WholeUpload]:
    """A build, and where its archive may go in one piece.

    Nobody has said how large the archive will be: it may be as large as the disk has room.
    """
    artifacts = call.cloud.artifacts
    size = artifacts.room()
    wanted = translated(CreateBuild, operation, build_size_in_bytes=size)
    with call.cloud.store.read() as connection:
        app = find_app(connection, call, operation.app_id)
    key = ids.new_build_key()
    upload = artifacts.create_whole_upload(key, size, base_url=call.base_url)
    with builds.aborted_on_failure(artifacts, key), call.cloud.store.write() as connection:
        build = builds.add_build(connection, call, wanted, app.org_id, key=key, archive_size=size)
        number = build_numbers.number_of(connection, build.key)
    return _view(app.app_id, number, builds.view(build, call.cloud.builder)), upload


def run(app_id: str, number: int, file: IO[bytes] | None, call: Call) -> LogStream:
    """Run a build, of this archive unless one was uploaded; run before, it gives its log again."""
    with call.cloud.store.read() as connection:
        build = numbers.find_build(connection, call, app_id, number)
    if file is not None and not build.is_pulled and not call.cloud.artifacts.is_complete(build.key):
        try:
            call.cloud.artifacts.take(build.key, file)
        except InsufficientStorage as refusal:
            raise InternalServerError(refusal.message) from None
        except UploadRefused as refusal:
            raise BadRequest(f"the archive of build {number}: {refusal.message}") from None
    return builds.run_build(RunBuild(build_id=build.build_id, org_id=build.org_id), call)


def view_of(connection: Connection, app_id: str, build_key: str, build: BuildV3) -> Build:
    """A build as old clients see it from one of the apps that may use it."""
    return _view(app_id, build_numbers.number_of(connection, build_key), build)


def _view(app_id: str, number: int, build: BuildV3) -> Build:
    return translated(Build, build, app_id=app_id, build_id=number, regional_container_tags=[])
