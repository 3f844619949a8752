"""What is the process runtime's own."""

from __future__ import annotations

import errno
import json
import os
import socket
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed, ProcessStartFailed
from hathora_deploy.cloud.runtime import host_build
from hathora_deploy.cloud.runtime.port import Exit
from hathora_deploy.cloud.runtime.process import ProcessRuntime
from tests.cloud.runtime.archives import GAME, inspected
from tests.cloud.runtime.conftest import Bench, eventually, free_port, port

SERVER = "#!/bin/sh\necho started in $PWD\nexec sleep 600\n"


@pytest.fixture
def bench(process_bench: Bench) -> Bench:
    return process_bench


def left_of_builds(bench: Bench) -> list[Path]:
    return [
        path
        for path in (bench.folder / "runtime").rglob("*")
        if path.name not in ("builds", "drafts", "processes")
    ]


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def keeper_of(handle: str) -> psutil.Process:
    return psutil.Process(json.loads(handle)["keeper"])


def refusal(bench: Bench, *lines: str, **files: str) -> BuildFailed:
    dockerfile = "\n".join(["FROM debian", *lines, ""])
    with pytest.raises(BuildFailed) as caught:
        bench.build({"Dockerfile": dockerfile, "server*": SERVER, **files})
    assert left_of_builds(bench) == []
    return caught.value


def test_the_log_says_once_that_there_is_no_isolation(bench: Bench) -> None:
    bench.build_game()
    assert sum("isolation" in line for line in bench.log) == 1
    assert sum("base image is not pulled" in line for line in bench.log) == 1


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("RUN apt-get install -y game", "RUN"),
        ("COPY --from=builder /a /b", "COPY --from"),
        ("ADD https://example.com/a.bin /", "ADD of a URL"),
        ("ADD git@example.com:a/b.git /", "ADD of a URL"),
        ("ONBUILD COPY a /", "ONBUILD"),
        ("COPY --parents a /", "COPY --parents"),
    ],
)
def test_what_needs_an_engine_fails_the_build_with_its_line(
    bench: Bench, line: str, what: str
) -> None:
    error = refusal(bench, "WORKDIR /app", line, 'CMD ["x"]')
    assert "line 3" in error.message
    assert what in error.message
    assert "install Docker" in (error.hint or "")
    assert "install Docker" not in error.message


def test_an_archive_that_add_would_unpack_fails_the_build(bench: Bench) -> None:
    inner = bench.pack({"a": "b"}).read_bytes()
    with pytest.raises(BuildFailed, match="ADD of an archive"):
        bench.build({"Dockerfile": 'FROM x\nADD maps.tgz /\nCMD ["sh"]\n', "maps.tgz": inner})


def test_a_stage_that_the_last_one_does_not_build_on_is_passed_over(bench: Bench) -> None:
    bench.build({"Dockerfile": 'FROM a AS b\nRUN make\nFROM c\nCMD ["sh"]\n'})
    assert [line for line in bench.log if line.startswith("Step")] == [
        "Step 1/2 : FROM c",
        'Step 2/2 : CMD ["sh"]',
    ]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ((), "neither CMD nor ENTRYPOINT"),
        (("ENTRYPOINT []",), "neither CMD nor ENTRYPOINT"),
        (('CMD ["/no/such/server"]',), "/no/such/server"),
        (("WORKDIR /app", 'CMD ["./server"]'), "./server"),
        (("COPY server /app/", 'CMD ["/app"]'), "is a folder"),
        (("COPY --chmod=644 server /app/server", 'CMD ["/app/server"]'), "not executable"),
        (("STOPSIGNAL SIGNONE", 'CMD ["sh"]'), "SIGNONE is no signal"),
        (("COPY server", 'CMD ["sh"]'), "a source and a destination"),
        (("COPY server Dockerfile /app", 'CMD ["sh"]'), "must end in /"),
        (("COPY --chmod=u+x server /", 'CMD ["sh"]'), "--chmod=u+x"),
        (("COPY nothing-* /", 'CMD ["sh"]'), "nothing-*"),
        (("COPY ../../etc/passwd /", 'CMD ["sh"]'), "passwd"),
        (("COPY server /a", "COPY server /a/b", 'CMD ["sh"]'), "/a is a file"),
        (("EXPOSE game", 'CMD ["sh"]'), "'game' is no port"),
    ],
)
def test_what_is_wrong_with_a_build_is_said_when_it_is_built(
    bench: Bench, lines: tuple[str, ...], problem: str
) -> None:
    error = refusal(bench, *lines)
    assert problem in error.message


def test_a_program_that_this_machine_lacks_is_named_by_the_build_and_by_the_start(
    bench: Bench,
) -> None:
    spec = bench.spec(bench.build({"Dockerfile": 'FROM x\nCMD ["no-such-game"]\n'}))
    assert any("no-such-game" in line for line in bench.log)
    with pytest.raises(ProcessStartFailed, match="no-such-game"):
        bench.runtime.start(spec)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\x7fELF of another world", "no program for this machine"),
        (b"#!/no/such/interpreter\n", "interpreter"),
    ],
)
def test_a_program_that_cannot_run_here_is_told_why(
    bench: Bench, content: bytes, problem: str
) -> None:
    reference = bench.build(
        {"Dockerfile": 'FROM x\nCOPY server /\nCMD ["/server"]\n', "server*": content}
    )
    with pytest.raises(ProcessStartFailed, match=problem):
        bench.runtime.start(bench.spec(reference))


def test_paths_of_the_image_mean_its_files(bench: Bench) -> None:
    dockerfile = (
        "FROM x\nWORKDIR /srv/game\nCOPY game.py /opt/\nCOPY motd /etc/motd\nENV MOTD=/etc/motd HOST=/etc/hosts\n"
        'CMD ["python3", "/opt/game.py", "where", "read=/etc/motd", "env=MOTD", "env=HOST"]\n'
    )
    files: dict[str, bytes | str] = {
        "Dockerfile": dockerfile,
        "game.py": GAME.read_bytes(),
        "motd": "hi\n",
    }
    spec = bench.spec(bench.build(files))
    bench.start(spec)
    bench.until_says(spec, "HOST=")
    where, motd, variable, host = spec.log.read_text().splitlines()
    root = where.removesuffix("/srv/game")
    assert root != where
    assert motd == "hi"
    assert variable == f"MOTD={root}/etc/motd"
    assert host == "HOST=/etc/hosts"


def test_paths_in_the_text_of_a_shell_mean_the_files_of_the_image_too(bench: Bench) -> None:
    dockerfile = (
        "FROM x\nCOPY server /app/bin/\nENV PATH=/app/bin:$PATH\nCMD cd /app/bin && server\n"
    )
    spec = bench.spec(bench.build({"Dockerfile": dockerfile, "server*": SERVER}))
    bench.start(spec)
    bench.until_says(spec, "/app/bin\n")


def test_a_program_is_found_in_workdir(bench: Bench) -> None:
    dockerfile = 'FROM x\nWORKDIR /app\nCOPY server .\nCMD ["server"]\n'
    spec = bench.spec(bench.build({"Dockerfile": dockerfile, "server*": SERVER}))
    bench.start(spec)
    bench.until_says(spec, "/app\n")


def test_copying_keeps_modes_and_links_and_takes_chmod(bench: Bench) -> None:
    reference = bench.build(
        {
            "Dockerfile": 'FROM x\nCOPY a/ /one/\nCOPY --chmod=750 a/ /two/\nCOPY --chown=1:1 a /three\nCMD ["sh"]\n',
            "a/run*": SERVER,
            "a/deep/.data": "d",
        }
    )
    files = bench.folder / "runtime" / "builds" / reference / "root"
    modes = {
        path.relative_to(files).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in sorted(files.rglob("*"))
        if path.is_file()
    }
    assert modes == {
        "one/deep/.data": 0o644,
        "one/run": 0o755,
        "three/deep/.data": 0o644,
        "three/run": 0o755,
        "two/deep/.data": 0o750,
        "two/run": 0o750,
    }
    assert any("--chown is ignored" in line for line in bench.log)


def test_everything_is_closed_to_other_users(bench: Bench) -> None:
    reference = bench.build_game(more="ENV SECRET=s\n")
    folder = bench.folder / "runtime" / "builds" / reference
    assert stat.S_IMODE((bench.folder / "runtime").stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "image.json").stat().st_mode) == 0o600


def test_a_build_that_is_cancelled_half_way_leaves_nothing(bench: Bench) -> None:
    def cancel_when_copying(line: str) -> None:
        if "COPY" in line:
            bench.cancelled.set()

    archive = inspected(
        bench.pack(
            {"Dockerfile": 'FROM x\nCOPY . .\nCMD ["sh"]\n'} | {f"f{n}": "x" for n in range(50)}
        )
    )
    with pytest.raises(BuildCancelled):
        bench.runtime.build("bld-1", archive, cancel_when_copying, bench.cancelled)
    assert left_of_builds(bench) == []


def test_a_full_disk_fails_the_build_in_clear_words(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(host_build, "write_image", no_room)
    with pytest.raises(BuildFailed, match="the disk is full"):
        bench.build_game()
    assert left_of_builds(bench) == []


def test_what_a_killed_cloud_was_building_is_swept_away(bench: Bench) -> None:
    half = bench.folder / "runtime" / "drafts" / "half"
    half.mkdir()
    ProcessRuntime(bench.folder / "runtime")
    assert not half.exists()


def test_the_port_that_is_really_bound_is_the_one_that_is_told(bench: Bench) -> None:
    container, exposed = free_port(), free_port()
    spec = bench.spec(bench.build_game(f"tcp={container}"), port(container, exposed))
    assert bench.until_bound(bench.start(spec), spec).bound == {"default": container}
    spec = bench.spec(
        bench.build_game("tcp=$PORT"), port(container, exposed), env={"PORT": str(exposed)}
    )
    assert bench.until_bound(bench.start(spec), spec).bound == {"default": exposed}


def test_a_port_that_a_child_listens_on_counts(bench: Bench) -> None:
    number = free_port(socket.SOCK_DGRAM)
    spec = bench.spec(bench.build_game(f"runaway=udp={number}"), port(number, number, "udp"))
    bench.until_bound(bench.start(spec), spec)


def test_a_port_that_somebody_else_listens_on_does_not_count(bench: Bench) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        spec = bench.spec(bench.build_game("say=ready"), port(number, number))
        handle = bench.start(spec)
        bench.until_says(spec, "ready")
        assert bench.runtime.observe(handle, spec).bound == {}


def test_no_descendant_outlives_a_stop_not_even_one_with_its_own_session(bench: Bench) -> None:
    words = (
        "child=deaf,env=HATHORA_PROCESS_ID",
        "runaway=deaf,child=deaf,say=far",
        "deaf",
        "say=near",
    )
    spec = bench.spec(bench.build_game(*words))
    handle = bench.start(spec)
    bench.until_says(spec, "near")
    bench.until_says(spec, "far")
    keeper = keeper_of(handle)
    eventually(lambda: len(keeper.children(recursive=True)) == 4)
    family = [keeper, *keeper.children(recursive=True)]
    bench.runtime.stop(handle, 0.2)
    assert [process.pid for process in family if not has_ended(process.pid)] == []


def test_what_a_process_leaves_behind_ends_with_it(bench: Bench) -> None:
    door = free_port()
    words = ("runaway=deaf,say=far", f"tcp={door}", "accept=1", "exit=0")
    spec = bench.spec(bench.build_game(*words), port(door, door))
    handle = bench.start(spec)
    bench.until_says(spec, "far")
    bench.until_bound(handle, spec)
    (leader,) = keeper_of(handle).children()
    (child,) = leader.children()
    with socket.create_connection(("127.0.0.1", door), timeout=5):
        assert bench.until_exit(handle, spec).exit == Exit(code=0)
    assert has_ended(child.pid)


def test_a_process_outlives_the_cloud_and_is_found_again(bench: Bench, tmp_path: Path) -> None:
    number = free_port()
    spec = bench.spec(bench.build_game("say=before", f"tcp={number}"), port(number, number))
    script = textwrap.dedent(
        f"""
        from pathlib import Path
        from hathora_deploy.cloud.runtime.port import ProcessSpec
        from hathora_deploy.cloud.runtime.process import ProcessRuntime
        from hathora_deploy.cloud.runtime.rights import choose_rights
        runtime = ProcessRuntime(Path({str(tmp_path / "runtime")!r}), rights=choose_rights(None))
        print(runtime.start(ProcessSpec(
            process_id={spec.process_id!r}, app_id="a", deployment_id="d", artifact={spec.artifact!r},
            env={{}}, ports=(), cpu=1, memory_mb=512, log=Path({str(spec.log)!r}))))
        """
    )
    earlier = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True
    )
    handle = earlier.stdout.strip()
    bench.handles.append(handle)
    assert bench.until_bound(handle, spec).exit is None
    bench.runtime.stop(handle, 5)
    assert bench.runtime.observe(handle, spec).exit == Exit(signal=15)
    assert spec.log.read_text() == "before\n"


def test_another_process_with_the_same_number_is_left_alone(bench: Bench) -> None:
    with subprocess.Popen(["sleep", "600"]) as stranger:
        handle = json.dumps({"keeper": stranger.pid, "process_id": "prc-gone", "stop_signal": 15})
        spec = bench.spec("none")
        try:
            assert bench.runtime.observe(handle, spec).exit == Exit()
            bench.runtime.stop(handle, 0)
            bench.runtime.remove(handle)
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_the_values_of_variables_are_in_no_command_line(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("say=ready"), env={"KEY": "hunter2"})
    handle = bench.start(spec)
    bench.until_says(spec, "ready")
    (leader,) = keeper_of(handle).children()
    assert "hunter2" not in " ".join([*keeper_of(handle).cmdline(), *leader.cmdline()])
    assert "hunter2" not in handle


def test_a_variable_that_no_program_can_be_given_is_refused(bench: Bench) -> None:
    with pytest.raises(ProcessStartFailed, match="zero byte"):
        bench.runtime.start(bench.spec(bench.build_game(), env={"KEY": "a\0b"}))


def test_the_python_that_the_cloud_runs_on_is_found_where_path_has_none(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    spec = bench.spec(bench.build_game("say=here", "exit=0"))
    handle = bench.start(spec)

    eventually(lambda: bench.runtime.observe(handle, spec).exit == Exit(code=0))
    assert b"here" in spec.log.read_bytes()


def test_what_was_taken_over_and_ended_elsewhere_leaves_nothing_for_long(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    runtime = ProcessRuntime(one)
    for process_id in ("first", "second"):
        (other / "processes" / process_id).mkdir(parents=True)
    runtime.adopt("first", other)
    assert runtime.process_ids() == {"first"}
    (other / "processes" / "first").rmdir()
    runtime.adopt("second", other)
    assert runtime.process_ids() == {"second"}
