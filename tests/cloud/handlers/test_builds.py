from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hathora_deploy.api.errors import (
    BadRequest,
    InternalServerError,
    NotFound,
    ServiceUnavailable,
    UnprocessableEntity,
)
from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import builds
from tests.cloud.handlers.conftest import (
    Running,
    archive,
    build,
    deploy,
    eventually,
    game,
    some_name,
    upload,
)
from tests.cloud.handlers.test_suspended_rooms import suspend


def test_a_build_that_succeeds_has_a_log_and_its_verdict_when_the_log_ends(
    client: HathoraCloud,
) -> None:
    built, log = build(client, game())

    assert built.status == "succeeded"
    assert built.started_at is not None
    assert built.finished_at is not None
    assert "COPY . ." in log


def test_a_build_that_fails_says_why_and_has_failed_when_the_log_ends(
    client: HathoraCloud,
) -> None:
    built, log = build(client, archive('FROM x\nRUN make\nCMD ["x"]\n'))

    assert built.status == "failed"
    assert "RUN" in log
    assert "install Docker" in log


def test_an_archive_that_is_none_fails_the_build(client: HathoraCloud) -> None:
    built, log = build(client, b"not an archive")

    assert built.status == "failed"
    assert "Error: the archive is damaged" in log


def test_a_build_whose_archive_is_not_there_cannot_run(client: HathoraCloud) -> None:
    created = client.builds_v3.create_build(build_size_in_bytes=10)

    with pytest.raises(BadRequest, match="not uploaded"):
        client.builds_v3.run_build(build_id=created.build_id)
    assert client.builds_v3.get_build(build_id=created.build_id).status == "created"


def test_running_a_build_again_gives_its_log_again(client: HathoraCloud) -> None:
    built, log = build(client, game())

    with client.builds_v3.run_build(build_id=built.build_id) as stream:
        assert stream.read().decode() == log


def test_a_build_id_of_ones_own_is_unique_until_its_build_is_deleted(client: HathoraCloud) -> None:
    name = some_name()
    client.builds_v3.create_build(build_size_in_bytes=1, build_id=name)
    with pytest.raises(UnprocessableEntity, match=f"a build {name} already"):
        client.builds_v3.create_build(build_size_in_bytes=1, build_id=name)

    client.builds_v3.delete_build(build_id=name)

    assert client.builds_v3.create_build(build_size_in_bytes=1, build_id=name)


@pytest.mark.parametrize("build_id", ["../up", "a b", "-dash", "x" * 129])
def test_a_build_id_that_could_lead_astray_is_refused(client: HathoraCloud, build_id: str) -> None:
    with pytest.raises(UnprocessableEntity, match="buildId"):
        client.builds_v3.create_build(build_size_in_bytes=1, build_id=build_id)


def test_the_builds_of_another_organization_are_not_found(
    running: Running, client: HathoraCloud
) -> None:
    created = client.builds_v3.create_build(build_size_in_bytes=1)
    other = running.other_org()

    with pytest.raises(NotFound):
        other.builds_v3.get_build(build_id=created.build_id)
    with pytest.raises(NotFound):
        other.builds_v3.delete_build(build_id=created.build_id)
    assert other.builds_v3.get_builds().builds == []


def test_deleting_a_build_removes_its_archive_and_its_artifact(
    running: Running, client: HathoraCloud
) -> None:
    before = sorted(running.cloud.settings.data_dir.rglob("server.py"))
    built, _ = build(client, game())
    assert sorted(running.cloud.settings.data_dir.rglob("server.py")) != before
    archives = set(running.cloud.settings.archives_dir.iterdir())

    client.builds_v3.delete_build(build_id=built.build_id)

    assert sorted(running.cloud.settings.data_dir.rglob("server.py")) == before
    assert len(archives - set(running.cloud.settings.archives_dir.iterdir())) == 1
    with pytest.raises(NotFound):
        client.builds_v3.get_build(build_id=built.build_id)


def test_a_build_of_the_latest_deployment_or_of_one_that_runs_is_not_deleted(
    running: Running, client: HathoraCloud
) -> None:
    older = deploy(client)
    room = client.rooms_v2.create_room(region=Region.SEATTLE)
    with pytest.raises(UnprocessableEntity, match=older.deployment_id):
        client.builds_v3.delete_build(build_id=older.build_id)
    deploy(client)
    with pytest.raises(UnprocessableEntity, match=older.deployment_id):
        client.builds_v3.delete_build(build_id=older.build_id)
    suspend(running, client, room.room_id)
    client.processes_v3.stop_process(process_id=room.process_id)
    eventually(
        lambda: client.processes_v3.get_process(process_id=room.process_id).status,
        lambda status: status == "stopped",
    )

    client.builds_v3.delete_build(build_id=older.build_id)

    gone = f"{older.build_id} of deployment {older.deployment_id} was deleted"
    with pytest.raises(UnprocessableEntity, match=gone):
        client.rooms_v2.create_room(region=Region.SEATTLE, deployment_id=older.deployment_id)
    with pytest.raises(UnprocessableEntity, match=gone):
        client.rooms_v2.resume_room(room_id=room.room_id)
    client.rooms_v2.create_room(region=Region.SEATTLE)


def test_a_build_of_an_app_that_was_deleted_is_deleted(client: HathoraCloud) -> None:
    deployment = deploy(client)

    client.apps_v2.delete_app()

    client.builds_v3.delete_build(build_id=deployment.build_id)


@pytest.mark.parametrize("tag", ["\0", "v1\0"])
def test_a_tag_that_no_program_can_be_given_is_refused(client: HathoraCloud, tag: str) -> None:
    with pytest.raises(UnprocessableEntity, match="buildTag: a zero byte"):
        client.builds_v3.create_build(build_size_in_bytes=1, build_tag=tag)


def test_deleting_a_build_while_it_runs_cancels_it(running: Running, client: HathoraCloud) -> None:
    files = {f"file{number}": "x" * 1000 for number in range(20_000)}
    data = archive('FROM x\nCOPY . /a\nCOPY . /b\nCOPY . /c\nCMD ["/bin/sh"]\n', **files)
    created = client.builds_v3.create_build(build_size_in_bytes=len(data))
    upload(created, data)
    log: list[str] = []

    def follow() -> None:
        with client.builds_v3.run_build(build_id=created.build_id) as stream:
            log.extend(stream.lines())

    reader = threading.Thread(target=follow)
    reader.start()
    eventually(
        lambda: client.builds_v3.get_build(build_id=created.build_id).status,
        lambda status: status == "running",
    )
    time.sleep(0.1)

    client.builds_v3.delete_build(build_id=created.build_id)
    reader.join(timeout=60)

    assert not reader.is_alive()
    assert log[-1] == "Error: the build was cancelled"
    with pytest.raises(NotFound):
        client.builds_v3.get_build(build_id=created.build_id)


def test_a_build_whose_log_cannot_be_written_has_not_begun(
    running: Running, client: HathoraCloud
) -> None:
    data = game()
    created = client.builds_v3.create_build(build_size_in_bytes=len(data))
    upload(created, data)
    with running.cloud.store.read() as connection:
        org_id = client.apps_v2.get_app().org_id
        record = builds.get(connection, org_id, created.build_id)
    assert record is not None
    blocked = running.cloud.settings.build_log(record.key)
    blocked.mkdir(parents=True)

    with pytest.raises(InternalServerError, match="Is a directory"):
        client.builds_v3.run_build(build_id=created.build_id)

    assert client.builds_v3.get_build(build_id=created.build_id).status == "created"
    blocked.rmdir()
    with client.builds_v3.run_build(build_id=created.build_id) as stream:
        stream.read()
    assert client.builds_v3.get_build(build_id=created.build_id).status == "succeeded"


def test_a_build_does_not_begin_while_the_cloud_ends(tmp_path: Path) -> None:
    cloud = Cloud.open(CloudSettings(data_dir=tmp_path, runtime="process"))
    record = builds.BuildRecord(
        key="k",
        org_id="o",
        build_id="b",
        tag=None,
        status="created",
        archive_size=1,
        created_at=datetime.now(UTC),
        created_by="test",
    )
    cloud.builder.close()

    with pytest.raises(ServiceUnavailable, match="being stopped"):
        cloud.builder.run(record)
    cloud.store.close()
