from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "game").write_text("#!/bin/sh\n")
    return folder


def test_a_folder_becomes_an_archive_beside_it_and_no_cloud_is_asked(
    run: Run, folder: Path
) -> None:
    done = run("package", "server", "--output", "json", CI="1")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    data = (folder.parent / "server.tgz").read_bytes()
    assert made == {
        "path": "server.tgz",
        "files": 2,
        "contextBytes": 23,
        "archiveBytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "compression": "6",
    }


def test_the_working_folder_becomes_an_archive_beside_it(run: Run, folder: Path) -> None:
    assert run("package", cwd=folder).returncode == 0
    assert sorted(folder.iterdir()) == [folder / "Dockerfile", folder / "game"]
    assert tarfile.is_tarfile(folder.parent / "server.tgz")


def test_people_read_the_digest(run: Run, folder: Path) -> None:
    done = run("package", "server", "-o", "out.tgz")
    assert hashlib.sha256((folder.parent / "out.tgz").read_bytes()).hexdigest() in done.stdout


def test_an_archive_is_not_written_over_unless_forced(run: Run, folder: Path) -> None:
    assert run("package", "server").returncode == 0
    refused = run("package", "server")
    assert refused.returncode == 1
    assert "server.tgz exists already" in refused.stderr
    assert "--force" in refused.stderr
    assert run("package", "server", "--force").returncode == 0


def test_stdout_may_be_the_archive(folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hathora_deploy", "package", "server", "-o", "-"],
        cwd=folder.parent,
        env=environment,
        capture_output=True,
        check=True,
    )
    assert hashlib.sha256(done.stdout).hexdigest() in done.stderr.decode()
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        assert archive.getnames() == ["Dockerfile", "game"]


def test_stdout_cannot_be_the_archive_and_json(run: Run, folder: Path) -> None:
    refused = run("package", "server", "-o", "-", "--output", "json")
    assert refused.returncode == 2
    assert "both write to stdout" in refused.stderr


def test_what_other_commands_mean_by_o_becomes_no_file(run: Run, folder: Path) -> None:
    for words in (("-o", "json"), ("--list", "-o", "json"), ("--list", "-o", "x.tgz")):
        refused = run("package", folder, *words)
        assert (refused.returncode, "-o" in refused.stderr) == (2, True), refused.stderr
    assert not (folder.parent / "json").exists()


def test_the_folder_above_that_of_the_dockerfile_names_the_one_below(
    run: Run, folder: Path
) -> None:
    refused = run("package", ".", cwd=folder.parent)
    assert refused.stderr == (
        "error: there is no Dockerfile in .\n"
        "hint: deploy the folder that has one: hathora-deploy ./server\n"
    )


def test_a_folder_without_a_dockerfile_is_told_as_a_deploy_tells_it(run: Run, folder: Path) -> None:
    (folder / "Dockerfile").unlink()
    refused = run("package", "server")
    assert refused.returncode == 1
    assert "there is no Dockerfile in server" in refused.stderr
    assert "hathora-deploy init server" in refused.stderr
    assert not (folder.parent / "server.tgz").exists()
