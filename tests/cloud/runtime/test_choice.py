from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.runtime.choice import choose
from hathora_deploy.cloud.runtime.engine import find_engine


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")


@pytest.fixture
def engine_socket(tmp_path: Path) -> Iterator[str]:
    """What answers a ping like an engine, and no more."""
    path = f"{tmp_path}/engine.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nOK")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"unix://{path}"
        thread.join(5)


def test_docker_is_chosen_when_an_engine_answers(
    engine_socket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine_socket)
    runtime = choose("auto", root=tmp_path / "r", publish_address="127.0.0.1", cloud_id="c1")
    assert (runtime.name, runtime.shares_host_ports) == ("docker", False)


@pytest.mark.usefixtures("no_engine")
def test_processes_of_this_machine_are_chosen_when_none_does(tmp_path: Path) -> None:
    runtime = choose("auto", root=tmp_path / "r", publish_address="127.0.0.1", cloud_id="c1")
    assert (runtime.name, runtime.shares_host_ports) == ("process", True)


@pytest.mark.usefixtures("no_engine")
def test_docker_asked_for_without_an_engine_is_an_error_that_says_what_to_do(
    tmp_path: Path,
) -> None:
    with pytest.raises(CloudStartError, match="no Docker engine answers") as caught:
        choose("docker", root=tmp_path, publish_address="127.0.0.1", cloud_id="c1")
    assert "--runtime process" in (caught.value.hint or "")


def test_a_socket_that_nobody_serves_is_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(f"{tmp_path}/dead.sock")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/dead.sock")
    assert find_engine() is None


def test_a_cloud_without_docker_does_not_load_what_talks_to_it(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from hathora_deploy.cloud.runtime.choice import choose\n"
        f"choose('auto', root=pathlib.Path({str(tmp_path)!r}), publish_address='127.0.0.1', cloud_id='c1')\n"
        "print('docker' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/none.sock"},
    )
    assert answer.stdout == "False\n"
