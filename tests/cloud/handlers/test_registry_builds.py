from __future__ import annotations

import pytest

from hathora_deploy.api.errors import BadRequest, NotFound, UnprocessableEntity
from hathora_deploy.client import HathoraCloud
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import Running, some_name


def test_a_build_of_a_registry_is_created_without_an_archive(client: HathoraCloud) -> None:
    name = some_name()
    created = client.builds_v3.create_build_registry(build_id=name, build_tag="1.2")

    assert (created.build_id, created.build_tag) == (name, "1.2")
    assert created.status == "created"
    assert client.builds_v3.get_build(build_id=name) == created
    with pytest.raises(UnprocessableEntity, match=f"a build {name} already"):
        client.builds_v3.create_build_registry(build_id=name)


def test_without_an_engine_it_fails_and_says_what_it_needs(client: HathoraCloud) -> None:
    created = client.builds_v3.create_build_registry()

    with client.builds_v3.run_build_registry(
        build_id=created.build_id, image="game:1", registry_url="https://ghcr.io/studio"
    ) as stream:
        log = stream.read().decode()

    assert "Error: ghcr.io/studio/game:1 needs a container engine" in log
    assert "install Docker" in log
    built = client.builds_v3.get_build(build_id=created.build_id)
    assert built.status == "failed"
    assert built.finished_at is not None
    with client.builds_v3.run_build_registry(build_id=created.build_id, image="x") as stream:
        assert stream.read().decode() == log


def test_each_kind_of_build_is_run_in_its_own_way(client: HathoraCloud) -> None:
    archive = client.builds_v3.create_build(build_size_in_bytes=10)
    image = client.builds_v3.create_build_registry()

    with pytest.raises(BadRequest, match="made of an archive"):
        client.builds_v3.run_build_registry(build_id=archive.build_id, image="game")
    with pytest.raises(BadRequest, match="run it with runRegistry"):
        client.builds_v3.run_build(build_id=image.build_id)

    for build in (archive, image):
        assert client.builds_v3.get_build(build_id=build.build_id).status == "created"


def test_what_cannot_be_read_is_refused_before_the_build_begins(client: HathoraCloud) -> None:
    created = client.builds_v3.create_build_registry()

    with pytest.raises(UnprocessableEntity, match="image"):
        client.builds_v3.run_build_registry(build_id=created.build_id, image="Not An Image")
    with pytest.raises(UnprocessableEntity, match="auth") as caught:
        client.builds_v3.run_build_registry(
            build_id=created.build_id, image="game", auth=Secret("hunter2")
        )

    assert "hunter2" not in str(caught.value)
    assert client.builds_v3.get_build(build_id=created.build_id).status == "created"


def test_a_build_of_a_registry_is_deleted_and_is_its_organizations_own(
    running: Running, client: HathoraCloud
) -> None:
    created = client.builds_v3.create_build_registry()
    with pytest.raises(NotFound):
        running.other_org().builds_v3.run_build_registry(build_id=created.build_id, image="game")

    client.builds_v3.delete_build(build_id=created.build_id)

    with pytest.raises(NotFound):
        client.builds_v3.get_build(build_id=created.build_id)
