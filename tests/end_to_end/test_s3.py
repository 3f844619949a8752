"""A deploy to a cloud that keeps its archives in a bucket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ..s3_stores import SECRET, STORES, S3Store
from .conftest import EXAMPLE, OwnCloud, StartCloud, tool_for


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[S3Store]:
    folder = tmp_path / request.param
    folder.mkdir()
    with STORES[request.param](folder) as running:
        yield running


@pytest.fixture
def cloud(start_cloud: StartCloud, store: S3Store) -> OwnCloud:
    return start_cloud(HATHORA_CLOUD_ARTIFACTS=store.url, **store.environment)


def files_of(cloud: OwnCloud, *names: str) -> list[Path]:
    return [path for name in names for path in (cloud.data_dir / name).rglob("*") if path.is_file()]


def test_a_game_is_deployed_and_its_archive_is_in_the_bucket_alone(
    cloud: OwnCloud, store: S3Store
) -> None:
    deployed = cloud.tool.json(EXAMPLE)

    assert deployed["room"]["processId"], "it waits until players can connect"
    assert len(store.keys()) == 1
    assert store.keys()[0].startswith("games/eu/")
    assert store.uploads() == []
    assert files_of(cloud, "archives", "downloads") == []
    assert cloud.tool.json("cloud", "status")["settings"]["artifacts"] == store.url


def test_the_credentials_are_seen_nowhere(cloud: OwnCloud) -> None:
    cloud.tool.ok(EXAMPLE)

    assert SECRET not in " ".join(psutil.Process(cloud.pid).cmdline())
    for path in files_of(cloud, "."):
        assert SECRET.encode() not in path.read_bytes(), path
    for child in psutil.Process(cloud.pid).children(recursive=True):
        assert SECRET not in child.environ().values(), "a game server has the cloud's credentials"


def test_deleting_a_build_removes_its_archive_from_the_bucket(
    cloud: OwnCloud, store: S3Store
) -> None:
    client = cloud.client()
    created = client.builds_v3.create_build(build_size_in_bytes=1)
    assert len(store.uploads()) == 1

    client.builds_v3.delete_build(build_id=created.build_id)

    assert store.uploads() == []


def test_what_was_built_runs_on_a_cloud_whose_archives_are_elsewhere(
    cloud: OwnCloud, store: S3Store
) -> None:
    app_id = cloud.tool.json(EXAMPLE)["appId"]
    left = cloud.client().builds_v3.create_build(build_size_in_bytes=1)
    cloud.stop()
    cloud.start("--runtime", "process")

    room = cloud.tool.json("rooms", "create", "--app-id", app_id)
    run = cloud.tool.run("api", "RunBuild", "-f", f"buildId={left.build_id}")

    assert room["roomId"]
    assert run.returncode != 0
    assert f"build {left.build_id} is not uploaded to this cloud's store" in run.stderr


def test_a_store_that_went_away_fails_the_deploy_with_what_and_why(
    cloud: OwnCloud, store: S3Store, write_server: Callable[..., Path]
) -> None:
    store.stop()

    done = cloud.tool.run(write_server("sleep 1"), "--output", "json")

    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert f"{store.endpoint} cannot be reached" in error["message"]
    assert "Traceback" not in done.stderr
    assert cloud.client().builds_v3.get_builds().builds == []


def test_a_store_that_goes_away_before_the_build_fails_it_and_leaves_it_to_be_deleted(
    cloud: OwnCloud, store: S3Store
) -> None:
    client = cloud.client()
    created = client.builds_v3.create_build(build_size_in_bytes=1)
    store.stop()

    run = cloud.tool.run("api", "RunBuild", "-f", f"buildId={created.build_id}")
    delete = cloud.tool.run("builds", "delete", created.build_id)

    for done in (run, delete):
        assert done.returncode == 1, done.stdout
        assert f"{store.endpoint} cannot be reached" in done.stderr
    assert client.builds_v3.get_build(build_id=created.build_id).status == "created"


@pytest.mark.parametrize("command", ["start", "serve"])
def test_a_cloud_without_its_store_does_not_start_and_says_why(
    tmp_path: Path, command: str
) -> None:
    pytest.importorskip("boto3")
    tool = tool_for(tmp_path / "cloud")
    start = ("cloud", command, "--port", "0", "--runtime", "process", "--artifacts")
    variables = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}

    away = tool.run(*start, "s3://bucket?endpoint=http://127.0.0.1:1", **variables)
    shown = tool.run(*start, "s3://id:secret@bucket")

    assert (away.returncode, shown.returncode) == (1, 1)
    assert "http://127.0.0.1:1 cannot be reached" in away.stderr
    assert "hint: " in away.stderr
    assert "has credentials in it" in shown.stderr
    assert "AWS_ACCESS_KEY_ID" in shown.stderr
    assert "id:secret" not in shown.stderr
    assert tool.run("cloud", "status").returncode == 3


def test_a_cloud_that_runs_is_not_moved_to_another_bucket(cloud: OwnCloud, store: S3Store) -> None:
    done = cloud.tool.run(*("cloud", "start", "--artifacts", "s3://other"), **store.environment)

    assert done.returncode == 1
    assert f"runs already, with another --artifacts {store.url}" in done.stderr
    cloud.tool.ok("cloud", "start", "--artifacts", store.url, **store.environment)
