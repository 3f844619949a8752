from __future__ import annotations

import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hathora_deploy.api.network import TransportType
from hathora_deploy.cloud.runtime.engine import find_engine
from hathora_deploy.cloud.runtime.port import Observation, PortBinding, ProcessSpec, Runtime
from hathora_deploy.cloud.runtime.process import ProcessRuntime
from hathora_deploy.cloud.runtime.rights import choose_rights
from hathora_deploy.secret import Secret
from tests.cloud.runtime.archives import GAME, game_dockerfile, inspected, pack
from tests.cloud.runtime.base_image import base_image_tar

BASE_IMAGE = f"hathora-deploy-test-base:{os.getpid()}"
BUILD_ID = f"bld-{os.getpid()}"
CLOUD_ID = f"c{os.getpid()}"


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("0.0.0.0", 0))
        port: int = probe.getsockname()[1]
        return port


def port(number: int, exposed: int, transport: str = "tcp", name: str = "default") -> PortBinding:
    return PortBinding(name, number, exposed, TransportType(transport))


def eventually(check: Callable[[], bool], *, patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while not check():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


@dataclass
class Bench:
    """A runtime with what tests start on it; all of it ends with the test."""

    runtime: Runtime
    folder: Path
    log: list[str] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)
    references: list[str] = field(default_factory=list)
    handles: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def pack(self, files: dict[str, bytes | str], *, prefix: str = "") -> Path:
        return pack(self.folder / f"archive-{next(self.numbers)}.tgz", files, prefix=prefix)

    def build(self, files: dict[str, bytes | str], *, prefix: str = "") -> str:
        archive = inspected(self.pack(files, prefix=prefix))
        artifact = self.runtime.build(BUILD_ID, archive, self.log.append, self.cancelled)
        self.references.append(artifact.reference)
        return artifact.reference

    def build_game(self, *words: str, more: str = "", base: str = BASE_IMAGE) -> str:
        dockerfile = game_dockerfile(*words, base=base, more=more)
        return self.build({"Dockerfile": dockerfile, "game.py": GAME.read_bytes()})

    def spec(
        self,
        artifact: str,
        *ports: PortBinding,
        env: dict[str, str] | None = None,
        memory_mb: int = 512,
        cpu: float = 0.5,
    ) -> ProcessSpec:
        number = next(self.numbers)
        return ProcessSpec(
            process_id=f"prc-{id(self)}-{number}",
            app_id="app-1",
            deployment_id="dep-1",
            artifact=artifact,
            env={name: Secret(value) for name, value in (env or {}).items()},
            ports=ports,
            cpu=cpu,
            memory_mb=memory_mb,
            log=self.folder / f"process-{number}.log",
        )

    def start(self, spec: ProcessSpec) -> str:
        handle = self.runtime.start(spec)
        self.handles.append(handle)
        return handle

    def until_bound(self, handle: str, spec: ProcessSpec) -> Observation:
        return self._until(handle, spec, lambda seen: len(seen.bound) == len(spec.ports))

    def until_exit(self, handle: str, spec: ProcessSpec) -> Observation:
        return self._until(handle, spec, lambda seen: seen.exit is not None)

    def until_says(self, spec: ProcessSpec, text: str) -> None:
        eventually(lambda: spec.log.exists() and text in spec.log.read_text())

    def close(self) -> None:
        for handle in self.handles:
            self.runtime.stop(handle, 0)
            self.runtime.remove(handle)
        for reference in self.references:
            self.runtime.discard(reference)

    def _until(
        self, handle: str, spec: ProcessSpec, check: Callable[[Observation], bool]
    ) -> Observation:
        seen = self.runtime.observe(handle, spec)

        def look() -> bool:
            nonlocal seen
            seen = self.runtime.observe(handle, spec)
            if seen.exit is not None and not check(seen):
                pytest.fail(f"it {seen.exit.describe()}: {spec.log.read_text()}")
            return check(seen)

        eventually(look)
        return seen


@pytest.fixture(scope="session")
def engine() -> Iterator[str]:
    """The URL of a Docker engine that has the base image."""
    url = find_engine()
    if url is None:
        pytest.skip("no Docker engine answers on this machine")
    import docker

    client = docker.DockerClient(base_url=url)
    client.api.import_image_from_data(base_image_tar(), *BASE_IMAGE.split(":"))
    yield url
    with suppress(docker.errors.ImageNotFound):
        client.images.remove(BASE_IMAGE, force=True)
    client.close()


@pytest.fixture
def process_bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(ProcessRuntime(tmp_path / "runtime", rights=choose_rights(None)), tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def docker_bench(tmp_path: Path, engine: str) -> Iterator[Bench]:
    from hathora_deploy.cloud.runtime.docker import DockerRuntime

    runtime = DockerRuntime(engine, cloud_id=CLOUD_ID)
    bench = Bench(runtime, tmp_path)
    yield bench
    bench.close()
    runtime.close()


@pytest.fixture
def classic_bench(docker_bench: Bench) -> Bench:
    """The docker runtime with the engine's builder of old."""
    from hathora_deploy.cloud.runtime.docker_build import EngineBuilder

    docker_bench.runtime._builder = EngineBuilder()
    return docker_bench


@pytest.fixture
def buildkit_bench(docker_bench: Bench, engine: str) -> Bench:
    """The docker runtime with BuildKit."""
    from hathora_deploy.cloud.runtime.buildkit import BuildKit
    from hathora_deploy.cloud.runtime.buildkit_command import find_buildkit

    program = find_buildkit(engine)
    if program is None:
        pytest.skip("no docker command line of this machine has BuildKit")
    docker_bench.runtime._builder = BuildKit(program)
    return docker_bench


@pytest.fixture(params=["process", "classic", "buildkit"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each runtime in turn, docker with either builder: what a test here says holds for all."""
    chosen: Bench = request.getfixturevalue(f"{request.param}_bench")
    return chosen
