from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "server"
    (folder / "maps").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "game").write_bytes(bytes(2048))
    (folder / "maps" / "old").write_text("")
    (folder / "maps" / "new").write_text("")
    (folder / ".env").write_text("")
    (folder / ".dockerignore").write_text("maps\n!maps/new\n")
    return folder


def test_a_list_says_what_goes_in_what_does_not_and_why(run: Run, folder: Path) -> None:
    done = run("package", "server", "--list")
    assert done.returncode == 0, done.stderr
    assert [line.split(maxsplit=2) for line in done.stdout.splitlines() if line.strip()] == [
        ["15", "B", ".dockerignore  always sent"],
        ["0", "B", ".env"],
        ["13", "B", "Dockerfile     always sent"],
        ["2.0", "KiB", "game"],
        ["-", "maps/", "holds what is brought back: .dockerignore, line 1: maps"],
        ["0", "B", "maps/new       brought back: .dockerignore, line 2: !maps/new"],
        ["left", "out:"],
        ["maps/old", ".dockerignore,", "line 1: maps"],
        ["5", "files,", "2.0 KiB; 1 left out"],
    ]
    assert "likely secrets are sent: .env" in done.stderr
    assert not (folder.parent / "server.tgz").exists()


def test_a_list_is_complete_in_json(run: Run, folder: Path) -> None:
    done = run("package", "server", "--list", "--output", "json")
    listed = json.loads(done.stdout)
    assert (listed["ignoreFile"], listed["files"], len(listed["warnings"])) == (
        "server/.dockerignore",
        5,
        1,
    )
    by_path = {each.pop("path"): each for each in listed["paths"]}
    assert by_path["maps/old"] == {
        "isKept": False,
        "reason": "ignored",
        "line": 1,
        "pattern": "maps",
    }
    assert by_path["game"] == {
        "isKept": True,
        "reason": "no pattern",
        "kind": "file",
        "bytes": 2048,
    }


def test_a_package_is_made_with_the_same_warnings(run: Run, folder: Path) -> None:
    done = run("package", "server")
    assert done.returncode == 0
    assert "likely secrets are sent: .env" in done.stderr
