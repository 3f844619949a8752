"""What is the Docker runtime's own."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import psutil
import pytest

from hathora_deploy.cloud import ports
from hathora_deploy.cloud.errors import (
    BuildCancelled,
    BuildFailed,
    CloudError,
    ProcessStartFailed,
)
from hathora_deploy.cloud.runtime import docker_ports
from hathora_deploy.cloud.runtime.docker import DockerRuntime
from hathora_deploy.cloud.runtime.port import Exit
from tests.cloud.runtime.archives import inspected
from tests.cloud.runtime.conftest import (
    BASE_IMAGE,
    BUILD_ID,
    CLOUD_ID,
    Bench,
    eventually,
    free_port,
    port,
)


@pytest.fixture
def bench(docker_bench: Bench) -> Bench:
    return docker_bench


@pytest.fixture(params=["classic", "buildkit"])
def building(request: pytest.FixtureRequest) -> Bench:
    """Each builder in turn."""
    chosen: Bench = request.getfixturevalue(f"{request.param}_bench")
    return chosen


@pytest.fixture
def client(engine: str) -> Iterator[docker.DockerClient]:
    opened = docker.DockerClient(base_url=engine)
    yield opened
    opened.close()


def everything(client: docker.DockerClient) -> set[str]:
    """All images made from this session's base, and their containers: others may use the engine too."""
    parents = {image["Id"]: image["ParentId"] for image in client.api.images(all=True)}
    made = {str(client.images.get(BASE_IMAGE).id)}
    while grown := {image for image, parent in parents.items() if parent in made} - made:
        made |= grown
    # BuildKit tells no parents.
    ours = {"label": f"hathora-deploy.build={BUILD_ID}"}
    made |= {str(image["Id"]) for image in client.api.images(filters=ours)}
    containers = client.api.containers(all=True)
    return made | {one["Id"] for one in containers if one["ImageID"] in made}


def commands() -> list[str]:
    """What runs on this machine, containers included."""
    return [" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])]


def new_steps() -> str:
    """An instruction after which every step is run: BuildKit remembers those of an earlier attempt."""
    return f"ENV ATTEMPT={uuid.uuid4()}\n"


def test_the_log_is_the_engines_own_line_by_line(building: Bench) -> None:
    steps = "RUN echo one; echo two >&2; echo three\n"
    building.build_game("exit=0", more=new_steps() + steps)
    assert building.log.index("one") < building.log.index("three")
    assert "two" in building.log  # without the colours of an error


def test_a_build_that_fails_says_why_and_leaves_nothing(
    building: Bench, client: docker.DockerClient
) -> None:
    before = everything(client)
    with pytest.raises(BuildFailed, match="code: 3"):
        building.build_game(more="RUN echo made > /made\nRUN echo so long; exit 3\n")
    assert "so long" in building.log
    assert everything(client) == before


def test_a_build_that_is_cancelled_while_it_runs_leaves_nothing(
    building: Bench, client: docker.DockerClient
) -> None:
    before = everything(client)

    long = f"sleep 6{os.getpid()}"  # found by its number

    def cancel_when_it_sleeps(line: str) -> None:
        building.log.append(line)
        if line == "sleeping":
            building.cancelled.set()

    files: dict[str, bytes | str] = {
        "Dockerfile": f"FROM {BASE_IMAGE}\nRUN echo made > /made\nRUN echo sleeping; {long}\n"
    }
    with pytest.raises(BuildCancelled):
        building.runtime.build(
            BUILD_ID, inspected(building.pack(files)), cancel_when_it_sleeps, building.cancelled
        )
    eventually(lambda: everything(client) == before)
    eventually(lambda: not any(long in line for line in commands()))


def test_a_failed_build_leaves_the_steps_that_another_build_has_made(
    building: Bench, client: docker.DockerClient
) -> None:
    building.build_game("exit=0", more="RUN echo shared > /shared\n")
    before = everything(client)
    with pytest.raises(BuildFailed):
        building.build_game("exit=0", more="RUN echo shared > /shared\nRUN exit 1\n")
    assert everything(client) == before


def test_a_discarded_image_takes_its_steps_with_it(
    building: Bench, client: docker.DockerClient
) -> None:
    before = everything(client)
    building.runtime.discard(building.build_game(more="RUN echo made > /made\n"))
    assert everything(client) == before


def test_buildkit_builds_what_only_it_can(
    buildkit_bench: Bench, client: docker.DockerClient
) -> None:
    bench = buildkit_bench
    more = (
        "COPY --chmod=750 game.py /mode\nRUN --mount=type=cache,target=/c echo kept >> /c/x; cat /c/x\n"
        "RUN ls -l /mode\n"
    )
    bench.build_game("exit=0", more=new_steps() + more)
    assert "kept" in bench.log
    assert any(line.startswith("-rwxr-x---") for line in bench.log)


def test_buildkit_builds_heredocs_and_linked_copies_or_says_which_engine_does(
    buildkit_bench: Bench, client: docker.DockerClient
) -> None:
    more = "COPY --link game.py /linked\nRUN <<EOF\necho first\necho second\nEOF\n"
    if int(client.version()["Version"].split(".")[0]) >= 23:
        buildkit_bench.build_game("exit=0", more=new_steps() + more)
        assert buildkit_bench.log.index("first") < buildkit_bench.log.index("second")
        return
    with pytest.raises(BuildFailed) as caught:
        buildkit_bench.build_game("exit=0", more=more)
    assert "23" in str(caught.value.hint)


@pytest.mark.parametrize(
    "more",
    [
        "COPY --chmod=750 game.py /mode\n",
        "COPY --link game.py /linked\n",
        "RUN --mount=type=cache,target=/c ls\n",
        "RUN <<EOF\necho first\nEOF\n",
    ],
)
def test_the_builder_of_old_says_what_needs_buildkit(classic_bench: Bench, more: str) -> None:
    with pytest.raises(BuildFailed) as caught:
        classic_bench.build_game(more=more)
    assert "on line 4" in caught.value.hint
    assert "buildx" in caught.value.hint


def test_no_command_line_of_a_build_tells_a_secret(
    buildkit_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HATHORA_TOKEN", "hunter2")
    seen: list[str] = []
    dockerfile = f"FROM {BASE_IMAGE}\n{new_steps()}RUN echo made\n"
    archive = buildkit_bench.pack({"Dockerfile": dockerfile})
    artifact = buildkit_bench.runtime.build(
        BUILD_ID, inspected(archive), lambda line: seen.extend(commands()), buildkit_bench.cancelled
    )
    buildkit_bench.references.append(artifact.reference)
    assert any("docker build" in line for line in seen)
    assert not any("hunter2" in line for line in seen)


def test_images_and_containers_are_labelled(building: Bench, client: docker.DockerClient) -> None:
    reference = building.build_game()
    spec = building.spec(reference)
    handle = building.start(spec)
    assert client.images.get(reference).labels["hathora-deploy.build"] == BUILD_ID
    labels = client.containers.get(handle).labels
    assert client.images.get(reference).labels["hathora-deploy.cloud"] == CLOUD_ID
    assert labels["hathora-deploy.cloud"] == CLOUD_ID
    assert labels["hathora-deploy.process"] == spec.process_id
    assert labels["hathora-deploy.app"] == "app-1"
    assert labels["hathora-deploy.deployment"] == "dep-1"


def test_a_container_keeps_the_limits_and_publishes_to_loopback(
    bench: Bench, client: docker.DockerClient
) -> None:
    game, admin = free_port(socket.SOCK_DGRAM), free_port()
    spec = bench.spec(
        bench.build_game(), port(7777, game, "udp"), port(7778, admin, "tls", "admin"), memory_mb=64
    )
    settings = client.containers.get(bench.start(spec)).attrs["HostConfig"]
    assert settings["NanoCpus"] == 500_000_000
    assert settings["Memory"] == 64 << 20
    assert settings["RestartPolicy"]["Name"] in ("", "no")
    # All containers share a network, where raw packets would take the place of another's.
    assert {name.removeprefix("CAP_") for name in settings["CapDrop"]} == {"NET_RAW", "MKNOD"}
    assert settings["PortBindings"] == {
        "7777/udp": [{"HostIp": "127.0.0.1", "HostPort": str(game)}],
        "7778/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(admin)}],
    }


def test_a_server_that_listens_on_the_port_of_its_players_is_reached_where_ports_are_equal(
    bench: Bench,
) -> None:
    (binding,) = ports.equal([port(7777, free_port())])
    told = {"HATHORA_DEFAULT_PORT": str(binding.exposed_port)}
    spec = bench.spec(bench.build_game("tcp=$HATHORA_DEFAULT_PORT"), binding, env=told)
    seen = bench.until_bound(bench.start(spec), spec)
    assert seen.bound == {"default": binding.exposed_port}
    socket.create_connection(("127.0.0.1", binding.exposed_port), timeout=5).close()


def test_what_another_cloud_has_in_the_engine_is_neither_seen_nor_pruned(
    bench: Bench, engine: str
) -> None:
    reference = bench.build_game()
    spec = bench.spec(reference)
    handle = bench.start(spec)
    other = DockerRuntime(engine, cloud_id=f"other{os.getpid()}")

    assert spec.process_id not in other.process_ids()
    other.prune(set())
    other.close()

    assert spec.process_id in bench.runtime.process_ids()
    assert bench.runtime.observe(handle, spec).exit is None
    bench.start(bench.spec(reference))


def test_what_a_deleted_build_has_left_is_pruned_though_a_container_of_it_runs(
    bench: Bench, client: docker.DockerClient
) -> None:
    bench.runtime.prune(set())
    before = everything(client)
    spec = bench.spec(bench.build_game(more="RUN echo made > /made\n"))
    handle = bench.start(spec)
    bench.runtime.prune(set())
    assert bench.runtime.observe(handle, spec).exit is None

    bench.runtime.clear(spec.process_id)
    bench.runtime.prune(set())
    assert everything(client) == before


def test_more_cores_than_the_machine_has_are_no_error(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("exit=0"))
    object.__setattr__(spec, "cpu", 4096.0)
    bench.until_exit(bench.start(spec), spec)


def test_players_reach_a_container_by_the_exposed_port(bench: Bench) -> None:
    exposed = free_port()
    spec = bench.spec(bench.build_game("tcp=7777"), port(7777, exposed))
    assert bench.until_bound(bench.start(spec), spec).bound == {"default": exposed}
    socket.create_connection(("127.0.0.1", exposed), timeout=5).close()


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_port_that_is_taken_is_named_and_no_container_is_left(
    bench: Bench, client: docker.DockerClient, transport: str
) -> None:
    reference = bench.build_game()
    before = everything(client)
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if transport == "tcp":
            other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(ProcessStartFailed, match=f"port {taken} .{transport}. .* is taken"):
            bench.start(bench.spec(reference, port(7777, taken, transport)))
    assert everything(client) == before


def test_a_port_that_another_container_has_is_named_too(bench: Bench) -> None:
    exposed = free_port()
    reference = bench.build_game()
    bench.start(bench.spec(reference, port(7777, exposed)))
    with pytest.raises(ProcessStartFailed, match=f"port {exposed} .* is taken"):
        bench.start(bench.spec(reference, port(7777, exposed)))


@pytest.mark.parametrize("written", [0, 4, 9, 700])
def test_a_cloud_that_starts_again_goes_on_with_the_log_where_it_ends(
    bench: Bench, client: docker.DockerClient, written: int
) -> None:
    spec = bench.spec(bench.build_game("lines=100", "sleep=1", "complain=late", "exit=4"))
    handle = bench.runtime._create(spec).id
    bench.handles.append(handle)
    client.containers.get(handle).start()
    whole = "".join(f"line {number}\n" for number in range(100)) + "late\n"
    spec.log.write_text(whole[:written])
    assert bench.until_exit(handle, spec).exit == Exit(code=4)
    assert spec.log.read_text() == whole


def test_a_container_that_ended_while_no_cloud_looked_is_read_to_its_end(
    bench: Bench, client: docker.DockerClient
) -> None:
    spec = bench.spec(bench.build_game("say=early", "say=late", "exit=4"))
    handle = bench.runtime._create(spec).id
    bench.handles.append(handle)
    container = client.containers.get(handle)
    container.start()
    container.wait()
    assert bench.runtime.observe(handle, spec).exit == Exit(code=4)
    assert spec.log.read_text() == "early\nlate\n"


def test_a_log_that_could_not_be_copied_for_a_while_is_read_to_its_end_once_it_can(
    bench: Bench, client: docker.DockerClient
) -> None:
    spec = bench.spec(bench.build_game("say=early", "say=late", "exit=4"))
    spec.log.mkdir()
    handle = bench.start(spec)
    eventually(lambda: not bench.runtime._logs[handle].is_running())
    spec.log.rmdir()
    client.containers.get(handle).wait()
    assert bench.runtime.observe(handle, spec).exit == Exit(code=4)
    assert spec.log.read_text() == "early\nlate\n"


def test_a_container_that_somebody_removed_has_ended(
    bench: Bench, client: docker.DockerClient
) -> None:
    spec = bench.spec(bench.build_game())
    handle = bench.start(spec)
    client.containers.get(handle).remove(force=True)
    assert bench.runtime.observe(handle, spec).exit == Exit()


def test_what_listens_inside_is_found_without_the_hosts_proc(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_ports, "_host_tables", lambda pid, container_id: None)
    exposed = free_port()
    spec = bench.spec(
        bench.build_game("tcp=7777"), port(7777, exposed), port(9, free_port(), "tcp", "never")
    )
    handle = bench.start(spec)
    bench._until(handle, spec, lambda seen: dict(seen.bound) == {"default": exposed})


def test_a_container_that_nobody_can_look_into_counts_as_listening_after_a_while(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_ports, "_host_tables", lambda pid, container_id: None)
    monkeypatch.setattr(docker_ports, "_inner_tables", lambda container: None)
    exposed = free_port()
    spec = bench.spec(bench.build_game("say=ready"), port(7777, exposed))
    handle = bench.start(spec)
    assert bench.runtime.observe(handle, spec).bound == {}
    assert bench.until_bound(handle, spec).bound == {"default": exposed}


def test_an_engine_that_is_gone_is_said_to_be(bench: Bench, tmp_path: Path) -> None:
    gone = DockerRuntime(f"unix://{tmp_path}/none.sock", cloud_id="c1")
    with pytest.raises(CloudError, match="does not answer"):
        gone.observe("abc", bench.spec("none"))


def test_a_start_and_a_build_fail_when_the_engine_is_gone(bench: Bench, tmp_path: Path) -> None:
    gone = DockerRuntime(f"unix://{tmp_path}/none.sock", cloud_id="c1")
    with pytest.raises(ProcessStartFailed, match="does not answer"):
        gone.start(bench.spec("none"))
    archive = inspected(bench.pack({"Dockerfile": ""}))
    with pytest.raises(BuildFailed, match="went away"):
        gone.build(BUILD_ID, archive, bench.log.append, bench.cancelled)


def test_the_values_of_variables_are_in_no_handle_and_no_error(bench: Bench) -> None:
    exposed = free_port()
    reference = bench.build_game()
    spec = bench.spec(reference, port(7777, exposed), env={"KEY": "hunter2"})
    assert "hunter2" not in bench.start(spec)
    with pytest.raises(ProcessStartFailed) as caught:
        bench.start(spec)
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value!r}"
