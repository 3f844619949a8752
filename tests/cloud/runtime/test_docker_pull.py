"""Images of a real registry, pulled by a real engine."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed
from hathora_deploy.cloud.registry import image_of
from hathora_deploy.cloud.runtime.port import Artifact, Exit
from hathora_deploy.secret import Secret
from tests.cloud.runtime.conftest import CLOUD_ID, Bench, free_port
from tests.cloud.runtime.registry import PASSWORD, USER, Registry, running_registry
from tests.serving import serving


@pytest.fixture(scope="module")
def registry(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("registry")
    with running_registry(folder, engine, (free_port(), free_port())) as running:
        yield running


@pytest.fixture
def bench(docker_bench: Bench) -> Bench:
    return docker_bench


def pull(bench: Bench, image: str, auth: str | None = None) -> Artifact:
    wanted = image_of(image, None, Secret(auth) if auth else None)
    artifact = bench.runtime.pull(wanted, bench.log.append, bench.cancelled)
    bench.references.append(artifact.reference)
    return artifact


def names(registry: Registry) -> set[str]:
    """Every name that the engine has for images of this registry, and those of this cloud."""
    images = registry.client.api.images()
    found = {
        name
        for image in images
        for name in (image["RepoTags"] or []) + (image["RepoDigests"] or [])
    }
    ours = (registry.address, registry.guarded, f"hathora-deploy/{CLOUD_ID}:")
    return {name for name in found if name.startswith(ours)}


def images(registry: Registry) -> list[str]:
    """Those of this registry that the engine has, with names and without."""
    found: list[str] = registry.client.api.images(quiet=True, filters={"label": registry.label})
    return found


@contextmanager
def stalling(upstream: str, request: bytes, stall: Callable[[], None]) -> Iterator[str]:
    """The address of a registry that calls ``stall`` before it hears of such a request."""

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            host, _, port = upstream.partition(":")
            with socket.create_connection((host, int(port))) as registry:
                back = threading.Thread(target=_pump, args=(registry, self.request.sendall))
                back.start()

                def forward(data: bytes) -> None:
                    if request in data:
                        stall()
                    registry.sendall(data)

                _pump(self.request, forward)
                registry.shutdown(socket.SHUT_WR)
                back.join()

    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay)) as server:
        yield f"127.0.0.1:{server.server_address[1]}"


def _pump(source: socket.socket, sink: Callable[[bytes], None]) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink(data)


def test_an_image_of_a_registry_runs_by_its_own_command(bench: Bench, registry: Registry) -> None:
    image = registry.push("studio/game:1", "/bin/sh", "-c", "echo from the registry; exit 5")
    artifact = pull(bench, image)
    spec = bench.spec(artifact.reference)
    seen = bench.until_exit(bench.start(spec), spec)
    assert seen.exit == Exit(code=5)
    assert spec.log.read_text() == "from the registry\n"
    assert artifact.size > 1_000_000


def test_the_log_shows_what_is_pulled_and_no_bars(bench: Bench, registry: Registry) -> None:
    pull(bench, registry.push("game:log", "/bin/sh", "-c", "exit 7"))
    assert "log: Pulling from game" in bench.log
    assert any(line.startswith("Digest: sha256:") for line in bench.log)
    assert not any("[" in line for line in bench.log)


def test_what_is_pushed_later_does_not_change_what_runs(bench: Bench, registry: Registry) -> None:
    first = pull(bench, registry.push("game:latest", "/bin/sh", "-c", "exit 1"))
    registry.push("game:latest", "/bin/sh", "-c", "exit 2")
    second = pull(bench, f"{registry.address}/game")
    for artifact, code in ((first, 1), (second, 2)):
        spec = bench.spec(artifact.reference)
        assert bench.until_exit(bench.start(spec), spec).exit == Exit(code=code)


def test_an_image_can_be_named_by_its_digest(bench: Bench, registry: Registry) -> None:
    image = registry.push("game:pinned", "/bin/sh", "-c", "exit 3")
    pull(bench, image)
    (digest,) = (line for line in bench.log if line.startswith("Digest: "))
    registry.push("game:pinned", "/bin/sh", "-c", "exit 4")
    artifact = pull(bench, f"{image}@{digest.removeprefix('Digest: ')}")
    spec = bench.spec(artifact.reference)
    assert bench.until_exit(bench.start(spec), spec).exit == Exit(code=3)


def test_a_discarded_image_leaves_nothing_in_the_engine(bench: Bench, registry: Registry) -> None:
    before = names(registry), images(registry)
    artifact = pull(bench, registry.push("game:brief", "/bin/sh", "-c", "exit 6"))
    assert names(registry) - before[0] == {artifact.reference}
    bench.runtime.discard(artifact.reference)
    assert (names(registry), images(registry)) == before


def test_an_image_that_somebody_else_has_pulled_stays_theirs(
    bench: Bench, registry: Registry
) -> None:
    image = registry.push("game:shared", "/bin/sh", "-c", "exit 8")
    registry.client.images.pull(image)
    try:
        bench.runtime.discard(pull(bench, image).reference)
        assert image in names(registry)
    finally:
        registry.client.images.remove(image)


def test_builds_that_pull_the_same_image_at_once_do_not_disturb_each_other(
    bench: Bench, registry: Registry
) -> None:
    image = registry.push("game:rush", "/bin/sh", "-c", "exit 9")
    before = names(registry)
    with ThreadPoolExecutor(4) as pool:
        artifacts = list(pool.map(lambda _: pull(bench, image), range(8)))
    assert names(registry) - before == {artifact.reference for artifact in artifacts}


@pytest.mark.parametrize(
    "auth", [f"{USER}:{PASSWORD}", f'{{"username": "{USER}", "password": "{PASSWORD}"}}']
)
def test_a_guarded_image_is_pulled_with_its_password_which_no_log_shows(
    bench: Bench, registry: Registry, auth: str
) -> None:
    registry.push("secret:1", "/bin/sh", "-c", "exit 0")
    pull(bench, f"{registry.guarded}/secret:1", auth)
    assert PASSWORD not in "".join(bench.log)


@pytest.mark.parametrize(
    ("auth", "hint"), [(None, "without auth"), (f"{USER}:wrong-{PASSWORD}", "with this auth")]
)
def test_a_guarded_image_is_refused_without_the_right_password(
    bench: Bench, registry: Registry, auth: str | None, hint: str
) -> None:
    registry.push("secret:2", "/bin/sh", "-c", "exit 0")
    before = names(registry)
    with pytest.raises(BuildFailed, match="secret:2") as caught:
        pull(bench, f"{registry.guarded}/secret:2", auth)
    assert hint in str(caught.value.hint)
    assert PASSWORD not in f"{caught.value} {caught.value.hint} {bench.log}"
    assert names(registry) == before


def test_an_image_that_the_registry_does_not_have_fails_the_build_by_name(
    bench: Bench, registry: Registry
) -> None:
    with pytest.raises(BuildFailed, match=r"nowhere:1.*not found"):
        pull(bench, f"{registry.address}/nowhere:1")


def test_a_registry_that_does_not_answer_fails_the_build(bench: Bench) -> None:
    with pytest.raises(BuildFailed, match="refused"):
        pull(bench, f"127.0.0.1:{free_port()}/game:1")


def test_a_pull_is_cancelled_while_the_registry_is_silent(bench: Bench) -> None:
    asked: list[socket.socket] = []

    def accept() -> None:
        asked.append(silent.accept()[0])
        bench.cancelled.set()

    with socket.create_server(("127.0.0.1", 0)) as silent:
        threading.Thread(target=accept).start()
        with pytest.raises(BuildCancelled):
            pull(bench, f"127.0.0.1:{silent.getsockname()[1]}/game:1")
        asked[0].close()


def test_a_pull_that_is_cancelled_half_way_leaves_nothing(bench: Bench, registry: Registry) -> None:
    registry.push("game:slow", "/bin/sh", "-c", "exit 11")
    before = names(registry), images(registry)
    over = threading.Event()

    def stall() -> None:
        bench.cancelled.set()
        assert over.wait(60)
        raise ConnectionAbortedError  # or an engine that has not heard of it yet would go on

    with stalling(registry.address, b"/blobs/", stall) as address:
        with pytest.raises(BuildCancelled):
            pull(bench, f"{address}/game:slow")
        over.set()
    assert (names(registry), images(registry)) == before


def test_the_process_runtime_says_that_it_needs_an_engine(process_bench: Bench) -> None:
    with pytest.raises(BuildFailed, match="without one") as caught:
        pull(process_bench, "ghcr.io/studio/game:1")
    assert "install Docker" in str(caught.value.hint)


def test_an_engine_that_is_gone_is_said_to_be(bench: Bench, engine: str) -> None:
    from hathora_deploy.cloud.runtime.docker import DockerRuntime

    gone = DockerRuntime(f"unix://{bench.folder}/none.sock", cloud_id="c1")
    with pytest.raises(BuildFailed, match="went away"):
        gone.pull(image_of("game:1", None, None), bench.log.append, bench.cancelled)
