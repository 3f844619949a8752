"""The first files of a project, and what a folder is taken for."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from hathora_deploy.cli.detect import detect
from hathora_deploy.cli.templates import dockerfile
from hathora_deploy.dockerfile import parse

from .conftest import Run

ELF = b"\x7fELF rest"


def fill(folder: Path, files: dict[str, bytes | str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.mark.parametrize(
    ("files", "kind", "command"),
    [
        (
            {"Arena.x86_64": ELF, "Arena_Data/boot.config": "", "UnityPlayer.so": ELF},
            "a Unity server",
            ("./Arena.x86_64", "-batchmode", "-nographics", "-logFile", "-"),
        ),
        (
            {
                "LinuxServer/ArenaServer.sh": "#!/bin/sh",
                "LinuxServer/Arena/Binaries/Linux/ArenaServer": ELF,
            },
            "an Unreal server",
            ("sh", "LinuxServer/ArenaServer.sh", "-log"),
        ),
        ({"ArenaServer.sh": "#!/bin/sh"}, "an Unreal server", ("sh", "ArenaServer.sh", "-log")),
        (
            {"arena.x86_64": ELF, "arena.pck": b"GDPC"},
            "a Godot server",
            ("./arena.x86_64", "--headless"),
        ),
        (
            {"godot": ELF, "arena.pck": b"GDPC"},
            "a Godot server",
            ("./godot", "--headless", "--main-pack", "arena.pck"),
        ),
        (
            {"package.json": '{"scripts": {"start": "node server.js"}}'},
            "a Node server",
            ("npm", "start"),
        ),
        ({"server.py": "", "main.py": ""}, "a Python server", ("python3", "-u", "server.py")),
        (
            {"arena-server": ELF, "libsteam.so.1": ELF, "README.md": "arena"},
            "a Linux program",
            ("./arena-server",),
        ),
    ],
)
def test_a_server_is_known_by_its_files(
    tmp_path: Path, files: dict[str, bytes | str], kind: str, command: tuple[str, ...]
) -> None:
    server = detect(fill(tmp_path, files))
    assert server is not None
    assert (server.kind, server.command) == (kind, command)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README.md": "a game"},
        {"one": ELF, "two": ELF},
        {"package.json": '{"name": "no start"}'},
        {"package.json": "[not an object]"},
        {"package.json": "[]"},
        {"Arena_Data/boot.config": ""},
        {"arena.pck": b"GDPC"},
    ],
)
def test_a_folder_that_does_not_tell_is_taken_for_nothing(
    tmp_path: Path, files: dict[str, bytes | str]
) -> None:
    assert detect(fill(tmp_path, files)) is None


def test_the_dockerfile_names_port_and_command(tmp_path: Path) -> None:
    server = detect(fill(tmp_path, {"server.py": "", "requirements.txt": "websockets"}))
    assert server is not None
    written = parse(dockerfile(server))
    assert [(port.port, port.protocol) for port in written.exposed_ports] == [(8000, "tcp")]
    text = dockerfile(server)
    assert "RUN pip install" in text
    assert text.endswith('CMD ["python3", "-u", "server.py"]\n')


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no permission to run")
def test_a_program_that_may_not_be_run_is_told(run: Run, tmp_path: Path) -> None:
    fill(tmp_path, {"arena server": ELF})
    done = run("init")
    assert "chmod +x 'arena server'" in done.stderr
    (tmp_path / "Dockerfile").unlink()
    (tmp_path / "arena server").chmod(0o755)
    assert "chmod" not in run("init").stderr


def test_an_engine_that_refuses_root_gets_a_user(tmp_path: Path) -> None:
    server = detect(fill(tmp_path, {"ArenaServer.sh": "#!/bin/sh"}))
    assert server is not None
    text = dockerfile(server)
    assert "COPY --chown=1000 . ." in text
    assert "USER 1000" in text


def test_init_writes_both_files_and_says_what_is_next(run: Run, tmp_path: Path) -> None:
    folder = fill(tmp_path / "server", {"server.py": ""})
    done = run("init", "server")
    assert done.returncode == 0
    assert done.stdout == ""
    assert f"wrote {Path('server', 'hathora.toml')}" in done.stderr
    assert "a Python server on port 8000/tcp" in done.stderr
    assert "hathora-deploy server" in done.stderr.splitlines()[-1]
    assert (folder / "hathora.toml").is_file()
    assert (folder / "Dockerfile").is_file()


def test_init_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    fill(tmp_path, {"server.py": "", "Dockerfile": "FROM mine", "hathora.toml": "# mine"})
    done = run("init", "--output", "json")
    assert json.loads(done.stdout)["written"] == []
    assert "nothing was written" in done.stderr
    assert (tmp_path / "Dockerfile").read_text() == "FROM mine"
    assert (tmp_path / "hathora.toml").read_text() == "# mine"


def test_init_says_when_it_cannot_tell_what_the_server_is(run: Run, tmp_path: Path) -> None:
    done = run("init")
    assert done.returncode == 0
    assert "cannot tell what the server is" in done.stderr
    assert not (tmp_path / "Dockerfile").exists()


def test_init_sends_a_godot_project_to_its_export(run: Run, tmp_path: Path) -> None:
    fill(tmp_path, {"project.godot": ""})
    assert "export it for Linux" in run("init").stderr


def test_init_in_a_folder_of_somebody_else_is_refused(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):  # root
        folder = Path("/proc/self")
        if not folder.is_dir():
            pytest.skip("this user may write everywhere")
    done = run("init", folder)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_the_next_step_can_be_typed_as_it_is_printed(run: Run, tmp_path: Path) -> None:
    fill(tmp_path / "my game", {"server.py": ""})
    assert "then hathora-deploy 'my game'\n" in run("init", "my game").stderr
    (tmp_path / "my game" / "Dockerfile").unlink()
    done = run("my game", "--token", "t", "--endpoint", "http://127.0.0.1:1")
    assert "`hathora-deploy init 'my game'`" in done.stderr


@pytest.mark.parametrize(
    ("script", "port"),
    [
        ("server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "7777/udp"),
        ("await loop.create_datagram_endpoint(Game, local_addr=here)", "7777/udp"),
        ("await asyncio.start_server(play, port=8000)", "8000/tcp"),
    ],
)
def test_a_python_server_is_reached_as_its_script_says(
    tmp_path: Path, script: str, port: str
) -> None:
    server = detect(fill(tmp_path, {"server.py": script}))
    assert server is not None
    assert server.port == port
