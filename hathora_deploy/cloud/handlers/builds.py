"""BuildsV3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection

from hathora_deploy.api.builds import (
    BuildPart,
    BuildStatus,
    BuildsV3Page,
    BuildV3,
    CreateBuild,
    CreateBuildRegistry,
    CreatedBuildV3WithMultipartUrls,
    DeleteBuild,
    DeletedBuild,
    GetBuild,
    GetBuilds,
    RunBuild,
    RunBuildRegistry,
)
from hathora_deploy.api.errors import BadRequest, UnprocessableEntity
from hathora_deploy.cloud import ids
from hathora_deploy.cloud.artifacts.port import Artifacts
from hathora_deploy.cloud.builder import Builder
from hathora_deploy.cloud.cloud import Call, Cloud
from hathora_deploy.cloud.handlers.files import check_files
from hathora_deploy.cloud.handlers.ownership import check_org, find_build
from hathora_deploy.cloud.handlers.variables import check_text
from hathora_deploy.cloud.logs import Following, LogStream
from hathora_deploy.cloud.registry import image_of
from hathora_deploy.cloud.state import builds, deployments
from hathora_deploy.cloud.state.builds import BuildRecord
from hathora_deploy.cloud.state.tables import LARGEST_SIZE
from hathora_deploy.errors import HathoraError

_BUILD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def get_builds(operation: GetBuilds, call: Call) -> BuildsV3Page:
    org_id = check_org(call, operation.org_id)
    with call.cloud.store.read() as connection:
        found = builds.list_of_org(connection, org_id)
    return BuildsV3Page(builds=[view(build, call.cloud.builder) for build in found])


def create_build(operation: CreateBuild, call: Call) -> CreatedBuildV3WithMultipartUrls:
    org_id = check_org(call, operation.org_id)
    if operation.build_size_in_bytes < 1:
        raise UnprocessableEntity("buildSizeInBytes: an archive has at least one byte")
    if operation.build_size_in_bytes > LARGEST_SIZE:
        raise UnprocessableEntity("buildSizeInBytes: no disk holds so much")
    size, key = operation.build_size_in_bytes, ids.new_build_key()
    with call.cloud.store.read() as connection:
        _require_new(connection, org_id, operation.build_id)
    # Before the database is written to, and so locked: a store may take its time.
    upload = call.cloud.artifacts.create_upload(key, size, base_url=call.base_url)
    with aborted_on_failure(call.cloud.artifacts, key), call.cloud.store.write() as connection:
        build = add_build(connection, call, operation, org_id, key=key, archive_size=size)
    return CreatedBuildV3WithMultipartUrls.model_validate(
        {
            **dict(view(build, call.cloud.builder)),
            "max_chunk_size": upload.part_size,
            "complete_upload_post_request_url": upload.complete_url,
            "upload_parts": [
                BuildPart(part_number=number, put_request_url=url)
                for number, url in enumerate(upload.part_urls, start=1)
            ],
        }
    )


def create_build_registry(operation: CreateBuildRegistry, call: Call) -> BuildV3:
    org_id = check_org(call, operation.org_id)
    with call.cloud.store.write() as connection:
        build = add_build(
            connection, call, operation, org_id, key=ids.new_build_key(), archive_size=0
        )
    return view(build, call.cloud.builder)


def get_build(operation: GetBuild, call: Call) -> BuildV3:
    with call.cloud.store.read() as connection:
        return view(
            find_build(connection, call, operation.build_id, org_id=operation.org_id),
            call.cloud.builder,
        )


def run_build(operation: RunBuild, call: Call) -> LogStream:
    """Called again, it gives the log again, from its beginning: a reader that was cut off comes back."""
    with call.cloud.store.read() as connection:
        build = find_build(connection, call, operation.build_id, org_id=operation.org_id)
    check_files(build)
    if build.is_pulled:
        raise BadRequest(
            f"build {build.build_id} is an image of a registry: run it with runRegistry"
        )
    if build.status == BuildStatus.CREATED:
        if not call.cloud.artifacts.is_complete(build.key):
            raise BadRequest(
                f"the archive of build {build.build_id} is not uploaded to this cloud's store: "
                "put every part and complete the upload first, or create the build again"
            )
        call.cloud.builder.run(build)
    return _log_of(build, call.cloud)


def run_build_registry(operation: RunBuildRegistry, call: Call) -> LogStream:
    """Called again, it gives the log again and pulls nothing."""
    image = image_of(operation.image, operation.registry_url, operation.auth)
    with call.cloud.store.read() as connection:
        build = find_build(connection, call, operation.build_id, org_id=operation.org_id)
    check_files(build)
    if not build.is_pulled:
        raise BadRequest(
            f"build {build.build_id} is made of an archive: upload it, then run it with run"
        )
    if build.status == BuildStatus.CREATED:
        call.cloud.builder.pull(build, image)
    return _log_of(build, call.cloud)


def delete_build(operation: DeleteBuild, call: Call) -> DeletedBuild:
    """A build that runs is cancelled, an upload that is open is aborted; one that is used stays."""
    cloud = call.cloud
    with cloud.store.read() as connection:
        build = _find_unused(connection, call, operation)
    if cloud.builder.runs_elsewhere(build.key):
        raise UnprocessableEntity(
            f"build {build.build_id} runs on another cloud of this one's database: "
            "delete it there, or when it has ended"
        )
    cloud.builder.cancel(build.key)
    # Before the build is gone: where the store fails, the caller can come again.
    cloud.artifacts.delete(build.key)
    with cloud.store.write() as connection:
        _find_unused(connection, call, operation)
        builds.change(connection, build.key, deleted_at=call.now)
    cloud.builder.cancel(build.key)  # it may have begun just before its archive went
    with cloud.store.read() as connection:
        ended = builds.get_by_key(connection, build.key)
        artifact = cloud.folders.artifact(connection, ended) if ended is not None else None
        folder = cloud.folders.of(connection, ended.node_id if ended is not None else None)
    if artifact is not None:
        cloud.runtime.discard(artifact)
    if folder is not None:
        folder.build_log(build.key).unlink(missing_ok=True)
    return DeletedBuild()


def add_build(
    connection: Connection,
    call: Call,
    operation: CreateBuild | CreateBuildRegistry,
    org_id: str,
    *,
    key: str,
    archive_size: int,
) -> BuildRecord:
    """A new build of an organization, whose archive has at most so many bytes."""
    check_text("buildTag", operation.build_tag)
    _require_new(connection, org_id, operation.build_id)
    build = BuildRecord(
        key=key,
        org_id=org_id,
        build_id=operation.build_id or ids.new_build_id(),
        tag=operation.build_tag,
        status=BuildStatus.CREATED,
        archive_size=archive_size,
        created_at=call.now,
        created_by=call.caller.name,
    )
    builds.add(connection, build)
    return build


@contextmanager
def aborted_on_failure(artifacts: Artifacts, key: str) -> Iterator[None]:
    """Abort an upload when its build cannot be written down."""
    try:
        yield
    except BaseException:
        with suppress(HathoraError):  # what is left of it expires
            artifacts.delete(key)
        raise


def view(build: BuildRecord, builder: Builder) -> BuildV3:
    """A build as callers see it; one whose verdict could not be saved has failed."""
    status = BuildStatus(build.status)
    if status == BuildStatus.RUNNING and not builder.is_running(build.key):
        status = builder.verdict(build.key)
    return BuildV3(
        build_id=build.build_id,
        org_id=build.org_id,
        build_tag=build.tag,
        status=status,
        image_size=build.image_size,
        created_by=build.created_by,
        created_at=build.created_at,
        started_at=build.started_at,
        finished_at=build.finished_at,
        deleted_at=build.deleted_at,
        expired_at=build.expired_at,
    )


def _require_new(connection: Connection, org_id: str, build_id: str | None) -> None:
    if not build_id:
        return
    if not _BUILD_ID.fullmatch(build_id):
        raise UnprocessableEntity(
            "buildId: at most 128 letters, digits, dots, dashes and underscores, "
            "beginning with a letter or digit"
        )
    if builds.get(connection, org_id, build_id) is not None:
        raise UnprocessableEntity(
            f"buildId: there is a build {build_id} already; delete it or choose another id"
        )


def _find_unused(connection: Connection, call: Call, operation: DeleteBuild) -> BuildRecord:
    build = find_build(connection, call, operation.build_id, org_id=operation.org_id)
    users = deployments.needing_build(connection, build.key)
    # One without files is of use to nobody, and its id may be that of files which are about to come.
    if users and build.expired_at is None:
        raise UnprocessableEntity(
            f"build {build.build_id} is used by deployment {', '.join(users)}: first deploy another "
            "build to its app, and stop the processes that run this one"
        )
    return build


def _log_of(build: BuildRecord, cloud: Cloud) -> LogStream:
    path = cloud.builder.log_path(build.key)
    if not path.exists():
        raise BadRequest(f"build {build.build_id} has ended, and its log is not kept any more")
    return LogStream(path, following=Following(cloud.watches, build.key, cloud.builder.ended))
