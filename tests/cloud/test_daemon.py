"""The cloud in the background: real programs, found by their folder."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import requests

from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import address, daemon
from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.setting_options import to_environment
from hathora_deploy.cloud.settings import CloudSettings
from tests.small_disk import small_disk


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "cloud"
    daemon.stop(tmp_path / "cloud")


def start(data_dir: Path, port: int = 0) -> RunningCloud:
    return daemon.start(CloudSettings(data_dir=data_dir, runtime="process", port=port))


def kill(running: RunningCloud) -> None:
    process = psutil.Process(running.pid)
    process.kill()
    process.wait(timeout=60)


def test_a_cloud_that_was_started_answers_and_is_found(data_dir: Path) -> None:
    started = start(data_dir)

    assert started.was_started
    assert requests.get(f"{started.endpoint}/discovery/v2/ping").status_code == 200
    found = daemon.find(data_dir)
    assert found is not None
    assert (found.endpoint, found.pid, found.was_started) == (started.endpoint, started.pid, False)


def test_starting_twice_finds_the_first(data_dir: Path) -> None:
    first, second = start(data_dir), start(data_dir)

    assert second.pid == first.pid
    assert not second.was_started


def test_a_cloud_that_runs_with_another_runtime_is_left_alone_and_named(data_dir: Path) -> None:
    first = start(data_dir)

    with pytest.raises(
        CloudStartError, match="runs already, with another --runtime process"
    ) as caught:
        daemon.start(CloudSettings(data_dir=data_dir, runtime="docker"))

    assert caught.value.hint == "stop it first, with all that it runs: hathora-deploy cloud stop"
    found = daemon.find(data_dir)
    assert found is not None
    assert found.pid == first.pid


def test_of_many_started_at_once_one_runs_and_all_find_it(data_dir: Path) -> None:
    found: list[RunningCloud] = []
    threads = [threading.Thread(target=lambda: found.append(start(data_dir))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 4
    assert len({cloud.pid for cloud in found}) == 1
    assert [cloud.was_started for cloud in found].count(True) == 1


def test_a_cloud_that_was_stopped_is_gone_and_its_port_free(data_dir: Path) -> None:
    started = start(data_dir)

    stopped = daemon.stop(data_dir)

    assert stopped is not None
    with suppress(psutil.NoSuchProcess):  # or this program has not been told of its end yet
        assert psutil.Process(started.pid).status() == psutil.STATUS_ZOMBIE
    assert daemon.find(data_dir) is None
    assert daemon.stop(data_dir) is None
    assert start(data_dir, port=int(started.endpoint.rpartition(":")[2])).was_started


def test_the_token_stays_the_same_when_the_cloud_starts_again(data_dir: Path) -> None:
    first = start(data_dir)
    daemon.stop(data_dir)

    assert start(data_dir).token == first.token


def test_a_lost_token_file_is_made_again(data_dir: Path) -> None:
    first = start(data_dir)
    daemon.stop(data_dir)
    (data_dir / "token").unlink()

    again = start(data_dir)

    assert again.token != first.token
    answer = requests.get(
        f"{again.endpoint}/orgs/v1", headers={"Authorization": f"Bearer {again.token.reveal()}"}
    )
    assert answer.status_code == 200


def test_a_token_file_whose_token_was_revoked_gets_another_at_the_next_start(
    data_dir: Path,
) -> None:
    first = start(data_dir)
    with HathoraCloud(first.token, endpoint=first.endpoint) as cloud:
        (org,) = cloud.organizations_v1.get_orgs().orgs
        (own,) = cloud.tokens_v1.get_org_tokens(org_id=org.org_id).tokens
        cloud.tokens_v1.revoke_org_token(org_id=org.org_id, org_token_id=own.org_token_id)
    daemon.stop(data_dir)

    again = start(data_dir)

    answer = requests.get(
        f"{again.endpoint}/orgs/v1", headers={"Authorization": f"Bearer {again.token.reveal()}"}
    )
    assert answer.status_code == 200


def test_the_folder_and_all_in_it_are_for_the_owner_only(data_dir: Path) -> None:
    start(data_dir)

    for path in (data_dir, *data_dir.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_token_is_in_no_list_of_processes_and_in_no_log(data_dir: Path) -> None:
    started = start(data_dir)
    process = psutil.Process(started.pid)

    token = started.token.reveal()
    assert token not in " ".join(process.cmdline())
    assert token not in str(process.environ())
    assert token not in (data_dir / "cloud.log").read_text()
    assert token not in repr(started)


def test_a_port_that_is_taken_is_named_with_what_to_do(data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CloudStartError, match=f"port {port} of 127.0.0.1 is in use") as caught:
            start(data_dir, port)

    assert "--port" in str(caught.value.hint)
    assert daemon.find(data_dir) is None


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CloudStartError, match="file/cloud cannot be used: Not a directory"):
        start(tmp_path / "file" / "cloud")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 1) as place:
        yield place


def test_a_folder_on_a_full_disk_is_named(disk: Path) -> None:
    with pytest.raises(OSError, match="No space"), (disk / "full").open("wb") as file:
        file.write(b"x" * 2_000_000)

    with pytest.raises(CloudStartError, match=f"{disk}.*full"):
        start(disk / "cloud")

    assert daemon.find(disk / "cloud") is None


def test_a_cloud_that_cannot_say_where_it_is_ends(data_dir: Path) -> None:
    program = (
        "import errno, sys\n"
        "from hathora_deploy.cloud import __main__, address\n"
        "def full(*_): raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "address.write = full\n"
        "sys.exit(__main__.main())\n"
    )
    settings = CloudSettings(data_dir, port=0, runtime="process")

    ended = subprocess.run(
        [sys.executable, "-c", program, f"--data-dir={data_dir}"],
        env=to_environment(settings, os.environ),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ended.returncode == 1
    assert f"{data_dir} cannot be used: No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_reader_that_never_reads_is_cut_off_without_a_fuss(data_dir: Path) -> None:
    started = start(data_dir)
    app_id = uuid.uuid4().hex
    process_id = uuid.uuid4().hex
    now = int(time.time() * 1000)
    with closing(sqlite3.connect(data_dir / "cloud.db")) as database, database:
        (org_id,) = database.execute("SELECT org_id FROM orgs").fetchone()
        rows = {
            "apps": {
                "app_id": app_id,
                "org_id": org_id,
                "name": "deaf",
                "secret": "s",
                "auth_configuration": "{}",
                "created_at": now,
                "created_by": "test",
            },
            "processes": {
                "process_id": process_id,
                "app_id": app_id,
                "deployment_id": "none",
                "region": "Seattle",
                "status": "stopped",
                "bindings": "[]",
                "exposed_ports": "[]",
                "created_at": now,
            },
        }
        for table, row in rows.items():
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [*row.values()])
    log = CloudSettings(data_dir=data_dir).process_log(process_id)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"x" * 50_000_000)

    host, _, port = started.endpoint.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as deaf:
        deaf.sendall(
            f"GET /logs/v1/{app_id}/process/{process_id}/download HTTP/1.1\r\nHost: {host}\r\n"
            f"Authorization: Bearer {started.token.reveal()}\r\n\r\n".encode()
        )
        assert deaf.recv(15) == b"HTTP/1.1 200 OK"
        daemon.stop(data_dir)

    assert "Traceback" not in (data_dir / "cloud.log").read_text()


def test_a_cloud_that_was_killed_is_not_found_and_starts_again(data_dir: Path) -> None:
    started = start(data_dir)
    kill(started)
    assert daemon.find(data_dir) is None
    assert start(data_dir).was_started


def test_what_a_cloud_that_was_killed_has_said_is_kept_also_while_the_next_cannot_start(
    data_dir: Path,
) -> None:
    first = start(data_dir)
    log = data_dir / "cloud.log"
    said = log.read_text()
    assert first.endpoint in said
    kill(first)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for _ in range(2):
            with pytest.raises(CloudStartError) as told:
                start(data_dir, port=taken.getsockname()[1])
            assert "serving on" not in told.value.message
    second = start(data_dir)
    assert log.with_name("cloud.log.1").read_text().startswith(said)
    assert log.with_name("cloud.log.1").stat().st_mode & 0o777 == 0o600
    assert first.endpoint not in log.read_text()
    assert second.endpoint in log.read_text()


def test_a_cloud_that_was_killed_starts_as_it_ran(data_dir: Path) -> None:
    """Its game servers are of its runtime: with another they would be lost."""
    first = daemon.start(
        CloudSettings(data_dir=data_dir, port=0, runtime="process", idle_timeout=77.0)
    )
    kill(first)
    again = daemon.start(CloudSettings(data_dir=data_dir, stop_grace=3.0))
    assert again.was_started
    assert again.runtime == "process"
    assert again.settings == {**first.settings, "stop_grace": "3.0"}


def test_after_a_stop_a_cloud_that_was_killed_starts_with_the_defaults(data_dir: Path) -> None:
    first = daemon.start(
        CloudSettings(data_dir=data_dir, port=0, runtime="process", idle_timeout=77.0)
    )
    kill(first)
    assert daemon.stop(data_dir) is None
    assert "idle_timeout" not in start(data_dir).settings


def test_a_setting_of_a_killed_cloud_of_which_only_the_digest_is_known_is_asked_for(
    data_dir: Path,
) -> None:
    first = start(data_dir)
    kill(first)
    settings = CloudSettings(data_dir=data_dir)
    left = address.read(settings)
    assert left is not None
    address.write(settings, replace(left, chosen={**left.chosen, "database": "sha256:ab"}))
    with pytest.raises(CloudStartError, match="was killed; it ran with another --database") as told:
        start(data_dir)
    assert "HATHORA_CLOUD_DATABASE" in str(told.value.hint)
