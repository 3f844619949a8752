"""Backups of the cloud of this machine, from the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from .conftest import Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the cloud runs on Linux and macOS")


def test_a_cloud_that_runs_is_backed_up_and_one_that_starts_is_made_of_it(
    run: Run, tmp_path: Path
) -> None:
    file, new = tmp_path / "backup.tar", tmp_path / "new"
    assert run("cloud", "backup", file).returncode != 0
    started = run("cloud", "start", "--port", "0", "--runtime", "process", "-o", "json")
    assert started.returncode == 0, started.stderr
    try:
        done = run("cloud", "backup", file, "-o", "json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["builds"] == 0
        assert "add --force" in run("cloud", "backup", file).stderr
        assert "not in it: the logs" in run("cloud", "backup", file, "--force").stderr
        refused = run("cloud", "restore", file)
        assert refused.returncode != 0
        assert "is not empty" in refused.stderr
        assert run("cloud", "restore", file, "--data-dir", new).returncode == 0
    finally:
        run("cloud", "stop")
    again = run("cloud", "start", "--port", "0", "--runtime", "process", "--data-dir", new)
    assert again.returncode == 0, again.stderr
    run("cloud", "stop", "--data-dir", new)
