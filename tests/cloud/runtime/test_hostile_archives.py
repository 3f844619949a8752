"""Hostile archives through a real build: created, uploaded and run as by anybody, on each runtime."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import psutil
import pytest
import requests

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.multipart import CompletedPart, completion_document
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.settings import CloudSettings, RuntimeName
from tests.cloud.runtime.conftest import eventually
from tests.cloud.runtime.hostile import GOOD, HOSTILE, Hostile, truncations

MOST_MEMORY = 256 << 20
"""Bytes that any of these builds may cost the cloud beyond what it takes when it has just started."""
SLOW = next(hostile for hostile in HOSTILE if hostile.name == "10 million entries")
EVIL = Path("/tmp/evil")


@dataclass(frozen=True)
class Victim:
    """A cloud in a program of its own, with a secret beside its folder."""

    cloud: RunningCloud
    client: HathoraCloud
    home: Path
    engine: str | None
    memory_at_start: int

    def create(self, pieces: Iterable[bytes], workspace: Path) -> str:
        """The id of a build whose archive is uploaded."""
        archive = workspace / "a.tgz"
        with archive.open("wb") as file:
            file.writelines(pieces)
        created = self.client.builds_v3.create_build(build_size_in_bytes=archive.stat().st_size)
        parts = []
        with archive.open("rb") as file:
            for part in created.upload_parts:
                data = file.read(created.max_chunk_size)
                answer = requests.put(part.put_request_url.reveal(), data=data)
                parts.append(CompletedPart(part.part_number, answer.headers["ETag"]))
        done = requests.post(
            created.complete_upload_post_request_url.reveal(), data=completion_document(parts)
        )
        assert done.status_code == 200, done.text
        archive.unlink()
        return created.build_id

    def run(self, build_id: str) -> tuple[BuildV3, list[str]]:
        """The build with its verdict, and the lines of its log."""
        with self.client.builds_v3.run_build(build_id=build_id) as stream:
            log = stream.read().decode().splitlines()
        return self.client.builds_v3.get_build(build_id=build_id), log

    def files(self) -> Set[Path]:
        """Whatever there is that a build could leave, but for its log, its archive and its row."""
        data = self.cloud.data_dir
        kept = [data / "logs", data / "archives", *data.glob("cloud.*")]
        return {
            path
            for path in self.home.rglob("*")
            if not any(path.is_relative_to(place) for place in kept)
        }

    def images(self, build_id: str) -> list[str]:
        """What the engine has of a build."""
        if self.engine is None:
            return []
        client = docker.DockerClient(base_url=self.engine)
        try:
            ours = {"label": f"hathora-deploy.build={build_id}"}
            return [str(image["Id"]) for image in client.api.images(all=True, filters=ours)]
        finally:
            client.close()

    def memory(self) -> int:
        """Bytes that the cloud has had at most, since it was started."""
        status = Path(f"/proc/{self.cloud.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) << 10


@contextmanager
def running(
    home: Path, runtime: RuntimeName, engine: str | None = None, **settings: int
) -> Iterator[Victim]:
    (home / "secret").write_text("s")
    data_dir = home / "data"
    cloud = daemon.start(CloudSettings(data_dir, runtime=runtime, port=0, **settings))
    try:
        client = HathoraCloud(cloud.token, endpoint=cloud.endpoint)
        memory = psutil.Process(cloud.pid).memory_info().rss
        yield Victim(cloud, client, home, engine, memory)
    finally:
        daemon.stop(data_dir)


@pytest.fixture(scope="module", params=["process", "docker"])
def victim(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Victim]:
    if not Path("/proc/self/status").exists():
        pytest.skip("memory is read from /proc")
    engine = request.getfixturevalue("engine") if request.param == "docker" else None
    with running(tmp_path_factory.mktemp("victim"), request.param, engine) as cloud:
        yield cloud


@pytest.mark.parametrize("hostile", HOSTILE, ids=str)
def test_a_hostile_archive_fails_its_build_in_clear_words_and_leaves_nothing(
    victim: Victim, hostile: Hostile, tmp_path: Path
) -> None:
    archives = victim.cloud.data_dir / "archives"
    before, archives_before = victim.files(), set(archives.iterdir())
    build_id = victim.create(hostile.pieces(), tmp_path)
    build, log = victim.run(build_id)
    assert build.status == "failed"
    assert len(log) >= 2, log
    *_, error, hint = log
    assert error.startswith("Error: ")
    assert re.search(hostile.said, error), error
    assert hint.startswith("Hint: ")
    assert len(error) < 500
    assert victim.files() == before
    assert victim.images(build_id) == []
    assert not EVIL.exists()
    assert (victim.home / "secret").stat().st_nlink == 1
    assert victim.memory() < victim.memory_at_start + MOST_MEMORY
    victim.client.builds_v3.delete_build(build_id=build_id)
    assert not set(archives.iterdir()) - archives_before


def test_wherever_a_tar_is_cut_off_its_build_fails(victim: Victim, tmp_path: Path) -> None:
    before = victim.files()
    for size, data in truncations():
        build_id = victim.create([data], tmp_path)
        build, log = victim.run(build_id)
        assert build.status == "failed", f"cut off after {size} bytes"
        assert any("damaged or cut short" in line for line in log), log
        victim.client.builds_v3.delete_build(build_id=build_id)
    assert victim.files() == before


def test_the_cloud_serves_others_meanwhile_and_builds_them(victim: Victim, tmp_path: Path) -> None:
    slow_id = victim.create(SLOW.pieces(), tmp_path)
    good_id = victim.create([GOOD], tmp_path)
    reader = threading.Thread(target=victim.run, args=(slow_id,))
    reader.start()
    try:
        eventually(lambda: victim.client.builds_v3.get_build(build_id=slow_id).status == "running")
        build, log = victim.run(good_id)
        assert build.status == "succeeded", log
    finally:
        reader.join()
    assert victim.client.builds_v3.get_build(build_id=slow_id).status == "failed"
    for build_id in (slow_id, good_id):
        victim.client.builds_v3.delete_build(build_id=build_id)


def test_a_hostile_build_that_is_deleted_ends_early(victim: Victim, tmp_path: Path) -> None:
    before = victim.files()
    build_id = victim.create(SLOW.pieces(), tmp_path)
    with victim.client.builds_v3.run_build(build_id=build_id) as stream:
        victim.client.builds_v3.delete_build(build_id=build_id)
        assert "cancelled" in stream.read().decode()
    assert victim.files() == before


def test_whoever_runs_the_cloud_sets_the_limits(tmp_path: Path) -> None:
    with running(tmp_path, "process", max_entries=1) as victim:
        build, log = victim.run(victim.create([GOOD], tmp_path))
    assert build.status == "failed"
    assert log[-2] == "Error: the archive holds more than 1 files and folders"
    assert "HATHORA_CLOUD_MAX_ENTRIES" in log[-1]
