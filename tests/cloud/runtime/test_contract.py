"""What the cloud may rely on, whichever runtime it has."""

from __future__ import annotations

import os
import re
import socket
import time

import psutil
import pytest

from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed, ProcessStartFailed
from hathora_deploy.cloud.runtime.cgroup import find_cgroups
from hathora_deploy.cloud.runtime.port import Exit, Measurement, Observation
from tests.cloud.runtime.archives import GAME, game_dockerfile, inspected
from tests.cloud.runtime.conftest import BASE_IMAGE, Bench, eventually, free_port, port

STEP = r"(?:Step \d+/\d+ : |\[\d+/\d+\] )(\w+)"


@pytest.mark.parametrize("prefix", ["", "./"])
def test_an_archive_becomes_an_artifact_with_a_size(bench: Bench, prefix: str) -> None:
    dockerfile = game_dockerfile(base=BASE_IMAGE)
    archive = bench.pack({"Dockerfile": dockerfile, "game.py": GAME.read_bytes()}, prefix=prefix)
    artifact = bench.runtime.build("bld-1", inspected(archive), bench.log.append, bench.cancelled)
    bench.references.append(artifact.reference)
    assert artifact.size >= GAME.stat().st_size


def test_the_log_of_a_build_shows_each_step(bench: Bench) -> None:
    bench.build_game("exit=0")
    steps = [found[1] for line in bench.log if (found := re.match(STEP, line))]
    assert steps[:3] == ["FROM", "WORKDIR", "COPY"]
    assert not any("\n" in line for line in bench.log)


def test_an_archive_without_a_dockerfile_fails_the_build_and_says_so(bench: Bench) -> None:
    with pytest.raises(BuildFailed, match="Dockerfile"):
        bench.build({"game.py": b""})


def test_a_file_that_is_not_in_the_archive_fails_the_build_by_name(bench: Bench) -> None:
    with pytest.raises(BuildFailed, match=r"missing\.bin"):
        bench.build({"Dockerfile": f'FROM {BASE_IMAGE}\nCOPY missing.bin /\nCMD ["x"]\n'})


def test_an_archive_that_is_cut_short_fails_the_build(bench: Bench) -> None:
    archive = bench.pack(
        {"Dockerfile": f'FROM {BASE_IMAGE}\nCMD ["x"]\n', "a": bytes(range(256)) * 99}
    )
    archive.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(BuildFailed):
        bench.runtime.build("bld-1", inspected(archive), bench.log.append, bench.cancelled)


def test_a_build_that_is_cancelled_says_so(bench: Bench) -> None:
    bench.cancelled.set()
    with pytest.raises(BuildCancelled):
        bench.build_game("exit=0")


def test_an_artifact_is_discarded_once_and_again_silently(bench: Bench) -> None:
    reference = bench.build_game("exit=0")
    bench.runtime.discard(reference)
    bench.runtime.discard(reference)
    with pytest.raises(ProcessStartFailed):
        bench.runtime.start(bench.spec(reference))


@pytest.mark.parametrize("transport", ["tcp", "udp", "tls"])
def test_a_port_is_bound_when_the_game_server_listens_on_it(bench: Bench, transport: str) -> None:
    kind = "udp" if transport == "udp" else "tcp"
    number = free_port()
    reference = bench.build_game("say=starting", "sleep=0.3", f"{kind}={number}")
    spec = bench.spec(reference, port(number, number, transport))
    handle = bench.start(spec)
    assert bench.runtime.observe(handle, spec).bound == {}
    assert bench.until_bound(handle, spec).bound == {"default": number}


def test_each_of_several_ports_is_told_by_its_name(bench: Bench) -> None:
    game, admin = free_port(), free_port()
    reference = bench.build_game(f"udp={game}", f"tcp={admin}")
    spec = bench.spec(
        reference,
        port(game, game, "udp"),
        port(admin, admin, "tcp", "admin"),
        port(9, 9, "tcp", "never"),
    )
    handle = bench.start(spec)
    expected = {"default": game, "admin": admin}
    bench._until(handle, spec, lambda seen: dict(seen.bound) == expected)


def test_players_reach_the_game_server_on_the_port_that_is_bound(bench: Bench) -> None:
    number = free_port()
    spec = bench.spec(bench.build_game(f"tcp={number}"), port(number, number))
    seen = bench.until_bound(bench.start(spec), spec)
    socket.create_connection(("127.0.0.1", seen.bound["default"]), timeout=5).close()


def test_a_process_is_given_its_environment_and_that_of_the_dockerfile(bench: Bench) -> None:
    reference = bench.build_game("env=MAP", "env=MODE", "env=WORLD", more="ENV MAP=dm1 MODE=dm\n")
    spec = bench.spec(reference, env={"MODE": "ctf", "WORLD": "a=b c"})
    handle = bench.start(spec)
    bench.until_says(spec, "WORLD")
    assert spec.log.read_text() == "MAP=dm1\nMODE=ctf\nWORLD=a=b c\n"
    assert handle


def test_a_process_is_not_given_the_environment_of_the_cloud(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HATHORA_TOKEN", "of the studio")
    spec = bench.spec(bench.build_game("env=HATHORA_TOKEN"))
    bench.start(spec)
    bench.until_says(spec, "HATHORA_TOKEN=None\n")


def test_nothing_that_the_cloud_knows_stands_in_the_environment_of_a_process(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HATHORA_CLOUD_DATABASE", "postgresql://cloud:hunter2@db/cloud")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    spec = bench.spec(bench.build_game("names"), env={"MAP": "dm1"})
    bench.start(spec)
    bench.until_says(spec, "names")

    usual = {"HOME", "HOSTNAME", "LANG", "LC_CTYPE", "PATH", "TMPDIR", "HATHORA_PROCESS_ID"}
    given = set(spec.log.read_text().split()) - {"names"}
    assert given - usual == {"MAP"}


def test_a_process_inherits_nothing_that_is_open_but_its_output(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("descriptors"))
    bench.start(spec)
    bench.until_says(spec, "descriptors 0 1 2\n")


def test_what_a_process_writes_beside_itself_no_other_sees(bench: Bench) -> None:
    if bench.runtime.shares_host_ports and os.geteuid() != 0:
        pytest.skip("only root's cloud can give processes files of their own")
    reference = bench.build_game("keep=saved", "keep=game.py")
    for spec in [bench.spec(reference) for _ in range(2)]:
        bench.start(spec)
        bench.until_says(spec, 'found nothing\nfound """A ga')


def test_a_process_that_takes_too_much_memory_is_told_as_such(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("eat=600"), memory_mb=64)
    ended = bench.until_exit(bench.start(spec), spec).exit
    assert ended is not None
    assert ended.describe() == "ran out of memory"


def test_a_busy_process_gets_the_cores_of_its_deployment_and_no_more(bench: Bench) -> None:
    if bench.runtime.name == "process" and find_cgroups() is None:
        pytest.skip("this user can make no cgroups, and nothing else limits cores")
    spec = bench.spec(bench.build_game("say=up", "burn=600"), cpu=0.25)
    handle = bench.start(spec)
    bench.until_says(spec, "up")

    def used() -> tuple[float, float]:
        seconds = bench.runtime.measure(handle, spec.ports).cpu_seconds
        assert seconds is not None
        return seconds, time.monotonic()

    before, began = used()
    eventually(lambda: used()[0] - before > 0.5)
    after, ended = used()
    assert (after - before) / (ended - began) < 0.25 * 1.5


@pytest.mark.parametrize("leader", [("sleep=600",), ("sleep=1", "exit=0")])
def test_what_forks_twice_and_clears_its_environment_still_ends_with_its_process(
    bench: Bench, leader: tuple[str, ...]
) -> None:
    number = free_port()
    spec = bench.spec(
        bench.build_game(f"daemon=deaf,tcp={number}", "say=up", *leader), port(number, number)
    )
    handle = bench.start(spec)
    bench.until_bound(handle, spec)
    socket.create_connection(("127.0.0.1", number), timeout=5).close()

    if leader == ("sleep=600",):
        bench.runtime.stop(handle, 0.2)
    else:
        bench.until_exit(handle, spec)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", number), timeout=5)


def test_artifacts_that_no_build_has_any_more_are_pruned(bench: Bench) -> None:
    kept, left = bench.build_game("exit=0"), bench.build_game("exit=0", more="ENV LEFT=1\n")
    bench.runtime.prune({kept})

    spec = bench.spec(kept)
    bench.until_exit(bench.start(spec), spec)
    with pytest.raises(ProcessStartFailed):
        bench.runtime.start(bench.spec(left))


def test_the_output_is_appended_byte_for_byte(bench: Bench) -> None:
    every_byte = bytes(range(256)) * 80
    reference = bench.build_game("bytes=" + every_byte.hex(), "say=", "exit=0")
    spec = bench.spec(reference)
    handle = bench.start(spec)
    bench.until_exit(handle, spec)
    assert spec.log.read_bytes() == every_byte + b"\n"


def test_what_a_process_complains_about_is_kept_too(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("say=out", "sleep=0.5", "complain=error", "exit=0"))
    bench.until_exit(bench.start(spec), spec)
    assert spec.log.read_text() == "out\nerror\n"


def test_nothing_of_a_long_output_is_lost_at_the_end(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("lines=20000", "exit=0"))
    bench.until_exit(bench.start(spec), spec)
    assert spec.log.read_text() == "".join(f"line {number}\n" for number in range(20000))


def test_standard_input_is_empty(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("stdin"))
    bench.start(spec)
    bench.until_says(spec, "stdin ''")


@pytest.mark.parametrize(
    ("word", "ended"),
    [
        ("exit=0", Exit(code=0)),
        ("exit=3", Exit(code=3)),
        ("die=9", Exit(signal=9)),
        ("die=11", Exit(signal=11)),
    ],
)
def test_it_is_told_how_a_process_ended(bench: Bench, word: str, ended: Exit) -> None:
    spec = bench.spec(bench.build_game(word))
    handle = bench.start(spec)
    assert bench.until_exit(handle, spec).exit == ended
    assert bench.runtime.observe(handle, spec).exit == ended


def test_a_process_is_asked_to_end_and_may_do_so_in_its_own_way(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("polite", "say=ready"))
    handle = bench.start(spec)
    bench.until_says(spec, "ready")
    bench.runtime.stop(handle, 20)
    assert bench.runtime.observe(handle, spec).exit == Exit(code=7)
    assert spec.log.read_text() == "ready\ngood bye\n"


def test_the_signal_of_stopsignal_is_the_one_that_asks(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("polite=SIGINT", "say=ready", more="STOPSIGNAL SIGINT\n"))
    handle = bench.start(spec)
    bench.until_says(spec, "ready")
    bench.runtime.stop(handle, 20)
    assert bench.runtime.observe(handle, spec).exit == Exit(code=7)


def test_a_process_that_does_not_listen_is_ended(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("deaf", "say=ready"))
    handle = bench.start(spec)
    bench.until_says(spec, "ready")
    bench.runtime.stop(handle, 1)
    assert bench.runtime.observe(handle, spec).exit == Exit(signal=9)


def test_stopping_and_removing_what_is_gone_is_no_error(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("exit=0"))
    handle = bench.runtime.start(spec)
    bench.until_exit(handle, spec)
    bench.runtime.stop(handle, 1)
    bench.runtime.remove(handle)
    bench.runtime.stop(handle, 1)
    bench.runtime.remove(handle)
    assert bench.runtime.observe(handle, spec).exit is not None


def test_a_command_in_shell_form_is_run_by_a_shell(bench: Bench) -> None:
    dockerfile = f"FROM {BASE_IMAGE}\nENV A=1\nCMD echo $A-$B && exit 5\n"
    spec = bench.spec(bench.build({"Dockerfile": dockerfile}), env={"B": "2"})
    handle = bench.start(spec)
    assert bench.until_exit(handle, spec).exit == Exit(code=5)
    assert spec.log.read_text() == "1-2\n"


def test_entrypoint_and_cmd_add_up(bench: Bench) -> None:
    dockerfile = (
        f'FROM {BASE_IMAGE}\nWORKDIR /app\nCOPY game.py .\nCMD ["say=a", "exit=0"]\n'
        'ENTRYPOINT ["python3", "game.py", "say=e"]\n'
    )
    spec = bench.spec(bench.build({"Dockerfile": dockerfile, "game.py": GAME.read_bytes()}))
    bench.until_exit(bench.start(spec), spec)
    assert spec.log.read_text() == "e\na\n"


def test_copied_files_are_where_the_dockerfile_puts_them(bench: Bench) -> None:
    dockerfile = (
        f"FROM {BASE_IMAGE}\nWORKDIR /srv\nWORKDIR game\nCOPY game.py .\n"
        "COPY maps/*.map /srv/game/maps/\nCOPY data /srv/game/data\nCOPY <<EOF motd\nhello\nEOF\n"
        'CMD ["python3", "game.py", "read=maps/a.map", "read=data/deep/b", "read=/srv/game/motd", "exit=0"]\n'
    )
    if bench.runtime.name == "docker":  # engines before 23 do not know heredocs
        dockerfile = dockerfile.replace("COPY <<EOF motd\nhello\nEOF\n", "COPY hello motd\n")
    files: dict[str, bytes | str] = {
        "Dockerfile": dockerfile,
        "game.py": GAME.read_bytes(),
        "maps/a.map": "a\n",
        "data/deep/b": "b\n",
        "hello": "hello\n",
    }
    spec = bench.spec(bench.build(files))
    bench.until_exit(bench.start(spec), spec)
    assert spec.log.read_text() == "a\nb\nhello\n"


def test_a_process_whose_handle_was_lost_is_found_by_its_id_and_ended(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("say=up", "runaway=sleep=600"))
    handle = bench.start(spec)
    bench.until_says(spec, "up")

    assert spec.process_id in bench.runtime.process_ids()
    bench.runtime.clear(spec.process_id)

    assert spec.process_id not in bench.runtime.process_ids()
    assert bench.runtime.observe(handle, spec).exit is not None


def test_what_a_process_and_all_it_started_use_is_measured(bench: Bench) -> None:
    spec = bench.spec(
        bench.build_game("child=burn=0.2,say=child,exit=0", "burn=0.2", "eat=32", "say=parent")
    )
    handle = bench.start(spec)
    bench.until_says(spec, "child")
    bench.until_says(spec, "parent")

    used = bench.runtime.measure(handle, spec.ports)

    assert used.cpu_seconds is not None
    assert 0.4 <= used.cpu_seconds < 30
    assert used.memory is not None
    assert 32 << 20 <= used.memory < 512 << 20


def test_the_programs_of_a_process_are_told_from_all_others(bench: Bench) -> None:
    reference = bench.build_game("child=say=child", "say=parent")
    specs = [bench.spec(reference), bench.spec(reference)]
    handles = [bench.start(spec) for spec in specs]
    for spec in specs:
        bench.until_says(spec, "child")
    here = set(psutil.pids())

    first, second = (bench.runtime.members(handle, here) for handle in handles)

    assert len(first) >= 2
    assert len(second) >= 2
    assert not first & second
    assert os.getpid() not in first | second
    assert bench.runtime.members(handles[0], second | {os.getpid(), 1 << 30}) == set()
    some = set(sorted(first)[:1])
    assert bench.runtime.members(handles[0], some) == some


def test_players_are_counted_while_they_are_connected(bench: Bench) -> None:
    number = free_port()
    reference = bench.build_game(f"tcp={number}", "accept=2", "say=met")
    spec = bench.spec(reference, port(number, number))
    handle = bench.start(spec)
    exposed = bench.until_bound(handle, spec).bound["default"]
    assert bench.runtime.measure(handle, spec.ports).active_connections == 0

    players = [socket.create_connection(("127.0.0.1", exposed), timeout=5) for _ in range(2)]
    bench.until_says(spec, "met")

    assert bench.runtime.measure(handle, spec.ports).active_connections == 2
    for player in players:
        player.close()
    eventually(lambda: bench.runtime.measure(handle, spec.ports).active_connections == 0)


def test_without_a_port_that_has_connections_none_are_counted(bench: Bench) -> None:
    number = free_port(socket.SOCK_DGRAM)
    spec = bench.spec(bench.build_game(f"udp={number}"), port(number, number, "udp"))
    handle = bench.start(spec)
    bench.until_bound(handle, spec)

    assert bench.runtime.measure(handle, spec.ports).active_connections is None


def test_what_a_process_sends_is_counted_where_it_has_a_network_of_its_own(bench: Bench) -> None:
    number = free_port()
    spec = bench.spec(
        bench.build_game(f"tcp={number}", "accept=1", "send=100000"), port(number, number)
    )
    handle = bench.start(spec)
    exposed = bench.until_bound(handle, spec).bound["default"]
    with socket.create_connection(("127.0.0.1", exposed), timeout=5) as player:
        left = 100_000
        while left:
            left -= len(player.recv(left))

    sent = bench.runtime.measure(handle, spec.ports).total_egress

    assert sent is None if bench.runtime.shares_host_ports else sent is not None and sent >= 100_000


def test_of_a_process_that_has_ended_nothing_is_measured(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("exit=0"))
    handle = bench.start(spec)
    bench.until_exit(handle, spec)
    assert bench.runtime.measure(handle, spec.ports) == Measurement()

    bench.runtime.remove(handle)
    assert bench.runtime.measure(handle, spec.ports) == Measurement()


def test_a_look_without_ports_sees_only_whether_it_runs(bench: Bench) -> None:
    number = free_port()
    spec = bench.spec(bench.build_game(f"tcp={number}"), port(number, number))
    handle = bench.start(spec)
    bench.until_bound(handle, spec)

    assert bench.runtime.observe(handle, spec, ports=False) == Observation(None, {})
    bench.runtime.stop(handle, 0)
    assert bench.runtime.observe(handle, spec, ports=False).exit is not None


def test_a_glance_at_many_processes_tells_which_have_ended(bench: Bench) -> None:
    running = bench.start(bench.spec(bench.build_game("sleep=60")))
    ending = bench.start(bench.spec(bench.build_game("exit=3")))

    eventually(lambda: bench.runtime.ended([running, ending]) == {ending})
    bench.runtime.stop(running, grace=0)
    eventually(lambda: bench.runtime.ended([running, ending]) == {running, ending})
    assert bench.runtime.ended([]) == set()
