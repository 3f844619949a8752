"""An engine that goes away and comes back, while processes of the docker runtime run in it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import docker
import pytest

from hathora_deploy.cloud.errors import CloudError
from hathora_deploy.cloud.runtime.docker import DockerRuntime
from hathora_deploy.cloud.runtime.port import Exit
from tests.cloud.runtime.base_image import base_image_tar
from tests.cloud.runtime.conftest import BASE_IMAGE, Bench
from tests.cloud.runtime.own_engine import OwnEngine

# docker-py does not close the socket of a connection that was refused.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def own_engine() -> Iterator[OwnEngine]:
    with TemporaryDirectory(prefix="engine-") as folder:  # a socket's path must be short
        engine = OwnEngine(Path(folder))
        try:
            engine.start()
            client = docker.DockerClient(base_url=engine.url)
            client.api.import_image_from_data(base_image_tar(), *BASE_IMAGE.split(":"))
            client.close()
            yield engine
        finally:
            engine.close()


@pytest.fixture
def bench(own_engine: OwnEngine, tmp_path: Path) -> Iterator[Bench]:
    own_engine.start()
    runtime = DockerRuntime(own_engine.url, cloud_id="own")
    bench = Bench(runtime, tmp_path)
    yield bench
    own_engine.start()
    bench.close()
    runtime.close()
    gc.collect()  # such sockets, before another test is taken for the one that left them


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_what_ends_with_the_engine_is_told_so_and_what_starts_afterwards_runs(
    own_engine: OwnEngine, bench: Bench, how: str
) -> None:
    spec = bench.spec(bench.build_game("polite", "say=up"))
    handle = bench.start(spec)
    bench.until_says(spec, "up")
    assert bench.runtime.observe(handle, spec).exit is None

    getattr(own_engine, how)()
    for _ in range(2):  # nobody knows, so nothing is said to have ended
        with pytest.raises(CloudError, match="Docker engine"):
            bench.runtime.observe(handle, spec)
    own_engine.start()

    ended = bench.until_exit(handle, spec).exit
    assert ended is not None
    assert ended.describe() == "ended with the Docker engine, which stopped or was started again"
    assert not ended.is_clean

    again = bench.spec(spec.artifact)
    later = bench.start(again)
    bench.until_says(again, "up")
    bench.runtime.stop(later, 20)
    assert bench.runtime.observe(later, again).exit == Exit(code=7)


def test_no_line_of_a_log_is_lost_or_told_twice_when_the_engine_comes_back(
    own_engine: OwnEngine, bench: Bench
) -> None:
    spec = bench.spec(bench.build_game("lines=1000", "say=up"))
    handle = bench.start(spec)
    bench.until_says(spec, "up")
    own_engine.kill()
    own_engine.start()
    bench.until_exit(handle, spec)

    assert spec.log.read_text() == "".join(f"line {number}\n" for number in range(1000)) + "up\n"
