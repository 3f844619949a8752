"""What a game server of the process runtime may do, and who ends it, with the rights of root and without."""

from __future__ import annotations

import json
import os
import pwd
import signal
import socket
import stat
import sys
from pathlib import Path

import psutil
import pytest

from hathora_deploy.cloud.errors import CloudStartError, ProcessStartFailed
from hathora_deploy.cloud.runtime.keeper import mounts
from hathora_deploy.cloud.runtime.port import Exit
from hathora_deploy.cloud.runtime.process import ProcessRuntime
from hathora_deploy.cloud.runtime.rights import Rights, RightsPolicy, choose_rights
from tests.cloud.runtime.conftest import Bench, eventually, free_port, port

needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can give up rights"
)


@pytest.fixture
def bench(process_bench: Bench) -> Bench:
    return process_bench


@pytest.fixture
def ungrouped(bench: Bench) -> Bench:
    """A machine on which nobody can make a cgroup."""
    assert isinstance(bench.runtime, ProcessRuntime)
    bench.runtime._cgroups = None
    return bench


def status_of(bench: Bench, *words: str) -> dict[str, str]:
    """What the kernel says of a game server."""
    spec = bench.spec(bench.build_game(*words, "status"))
    bench.start(spec)
    bench.until_says(spec, "nonvoluntary_ctxt_switches")
    lines = spec.log.read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@needs_root
def test_each_game_server_of_roots_cloud_is_a_user_of_its_own_who_gains_no_rights(
    bench: Bench,
) -> None:
    first, second = status_of(bench), status_of(bench)

    assert first["Uid"] != second["Uid"]
    for status in (first, second):
        assert len(set(status["Uid"].split())) == 1
        assert status["Uid"] == status["Gid"]
        assert int(status["Uid"].split()[0]) > 65536
        assert status["Groups"] == ""
        assert status["NoNewPrivs"] == "1"
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0


@needs_root
def test_a_game_server_reaches_nothing_of_the_cloud_and_no_other_game_server(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = bench.folder / "cloud.db"
    database.touch()
    shared = Path("/tmp") / f"shared-{os.getpid()}"
    shared.touch()
    other = bench.spec(bench.build_game("say=up"))
    handle = bench.start(other)
    bench.until_says(other, "up")
    (leader,) = psutil.Process(json.loads(handle)["keeper"]).children()

    forbidden = [database, other.log, shared, f"/proc/{os.getpid()}/environ"]
    forbidden += [f"/proc/{leader.pid}/environ", f"/proc/{leader.pid}/root", "/etc/shadow"]
    spec = bench.spec(
        bench.build_game(*(f"open={path}" for path in forbidden), "kill=OTHER", "kill=CLOUD"),
        env={"OTHER": str(leader.pid), "CLOUD": str(os.getpid())},
    )
    bench.start(spec)
    bench.until_says(spec, "not killed: Operation not permitted\n" * 2)
    shared.unlink()

    assert spec.log.read_text().count("shut ") == len(forbidden)
    assert bench.runtime.observe(handle, other).exit is None


@needs_root
def test_a_game_server_has_a_home_and_temporary_files_that_end_with_it(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("env=HOME", "env=TMPDIR", "keep=/tmp/kept", "keep=up"))
    handle = bench.start(spec)
    bench.until_says(spec, "found nothing\nfound nothing\n")
    (folder,) = (bench.folder / "runtime" / "processes").iterdir()
    assert (folder / "temporary" / "kept").read_text() == "kept"
    assert not Path("/tmp/kept").exists()

    bench.runtime.stop(handle, 0)
    bench.runtime.remove(handle)
    assert not folder.exists()


@needs_root
def test_the_files_of_a_build_stay_as_they_are_whatever_its_processes_do(bench: Bench) -> None:
    reference = bench.build_game("keep=game.py", "keep=new")
    files = bench.folder / "runtime" / "builds" / reference / "root" / "app"
    before = {each.name: (each.read_bytes(), each.stat().st_mode) for each in files.iterdir()}
    spec = bench.spec(reference)
    bench.start(spec)
    bench.until_says(spec, "found nothing")
    assert before == {
        each.name: (each.read_bytes(), each.stat().st_mode) for each in files.iterdir()
    }


@needs_root
def test_all_game_servers_run_as_the_user_that_is_named(bench: Bench) -> None:
    bench.runtime = ProcessRuntime(bench.folder / "runtime", rights=choose_rights("nobody"))
    assert status_of(bench)["Uid"].split()[0] == str(pwd.getpwnam("nobody").pw_uid)


@needs_root
def test_with_the_rights_of_root_a_game_server_runs_where_its_build_is(bench: Bench) -> None:
    assert choose_rights("root") is None
    bench.runtime = ProcessRuntime(bench.folder / "runtime", rights=None)
    spec = bench.spec(bench.build_game("where"))
    bench.start(spec)
    bench.until_says(spec, str(bench.folder))


@needs_root
def test_a_program_that_its_user_cannot_reach_is_named_with_the_way_out(bench: Bench) -> None:
    program = bench.folder / "server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    reference = bench.build({"Dockerfile": f'FROM x\nCMD ["{program}"]\n'})
    with pytest.raises(ProcessStartFailed, match=str(program)) as caught:
        bench.runtime.start(bench.spec(reference))
    assert "--run-as root" in (caught.value.hint or "")


def test_only_root_runs_game_servers_as_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = pwd.getpwnam("nobody")
    monkeypatch.setattr(os, "geteuid", lambda: nobody.pw_uid)
    assert choose_rights(None) is None
    assert choose_rights("nobody") is None
    with pytest.raises(CloudStartError, match="only root can run game servers as root"):
        choose_rights("root")


def test_a_user_that_there_is_not_is_named() -> None:
    with pytest.raises(CloudStartError, match="there is no user nosuchuser"):
        choose_rights("nosuchuser")


def test_no_two_processes_are_given_the_same_user() -> None:
    policy = RightsPolicy()
    assert policy.give([]).user != policy.give([]).user
    assert RightsPolicy(Rights(5, 6)).give([5]) == Rights(5, 6)


def test_commas_and_colons_in_a_path_are_no_options_of_a_mount() -> None:
    assert mounts.escaped("/a,b:c\\d") == "/a\\,b\\:c\\\\d"


def test_a_game_server_whose_keeper_is_killed_ends_with_it(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("deaf", "say=up"))
    handle = bench.start(spec)
    bench.until_says(spec, "up")
    keeper = psutil.Process(json.loads(handle)["keeper"])
    (leader,) = keeper.children()
    keeper.send_signal(signal.SIGKILL)

    assert bench.until_exit(handle, spec).exit == Exit()
    eventually(lambda: not leader.is_running() or leader.status() == psutil.STATUS_ZOMBIE)


def test_a_keeper_is_told_nothing_where_others_can_read_it(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("say=up"), env={"KEY": "hunter2"})
    handle = bench.start(spec)
    bench.until_says(spec, "up")
    keeper = psutil.Process(json.loads(handle)["keeper"])
    assert "hunter2" not in " ".join(keeper.cmdline())
    assert "KEY" not in keeper.environ()
    folder = Path(keeper.cwd())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_variables_that_change_how_programs_load_reach_the_game_server_alone(bench: Bench) -> None:
    spec = bench.spec(bench.build_game("env=LD_PRELOAD"), env={"LD_PRELOAD": "/no/such.so"})
    handle = bench.start(spec)
    bench.until_says(spec, "LD_PRELOAD=/no/such.so")
    assert "LD_PRELOAD" not in psutil.Process(json.loads(handle)["keeper"]).environ()


def test_without_cgroups_memory_is_kept_by_looking_at_it(ungrouped: Bench) -> None:
    spec = ungrouped.spec(ungrouped.build_game("eat=600", "sleep=600"), memory_mb=64)
    ended = ungrouped.until_exit(ungrouped.start(spec), spec).exit
    assert ended is not None
    assert ended.describe() == "ran out of memory"


@pytest.mark.parametrize("leaves_by_itself", [False, True])
def test_without_cgroups_what_forks_twice_and_clears_its_environment_still_ends(
    ungrouped: Bench, leaves_by_itself: bool
) -> None:
    number, door = free_port(), free_port()
    words = (f"daemon=deaf,tcp={number}", f"tcp={door}", "accept=1", "exit=0")
    ports = port(number, number), port(door, door, name="door")
    spec = ungrouped.spec(ungrouped.build_game(*words), *ports)
    handle = ungrouped.start(spec)
    ungrouped.until_bound(handle, spec)
    keeper = psutil.Process(json.loads(handle)["keeper"])
    family = keeper.children(recursive=True)
    assert len(family) == 2

    if leaves_by_itself:
        with socket.create_connection(("127.0.0.1", door), timeout=5):
            ungrouped.until_exit(handle, spec)
    else:
        ungrouped.runtime.stop(handle, 0.2)
    assert not any(each.is_running() for each in family)
