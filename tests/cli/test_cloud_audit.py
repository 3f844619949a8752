"""Who changed what on the cloud of this machine, from the command line, whether it runs or not."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon

from .conftest import Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the cloud runs on Linux and macOS")


def test_what_was_done_is_read_while_the_cloud_runs_and_after_it_was_killed(
    run: Run, environment: dict[str, str]
) -> None:
    started = run("cloud", "start", "--port", "0", "--runtime", "process", "-o", "json")
    facts = json.loads(started.stdout)

    def told(*options: str) -> Any:
        return json.loads(run("cloud", "audit", *options, "-o", "json").stdout)["audit"]

    try:
        found = daemon.find(Path(environment["HATHORA_DATA_DIR"]))
        assert found is not None
        with HathoraCloud(found.token, endpoint=found.endpoint) as client:
            app = client.apps_v2.create_app(app_name="game", auth_configuration=AuthConfiguration())
        deadline = time.monotonic() + 60
        while not (entries := told()):
            assert time.monotonic() < deadline
    finally:
        os.kill(facts["pid"], signal.SIGKILL)
    (entry,) = entries
    assert (entry["operation"], entry["status"]) == ("CreateApp", 201)
    assert entry["subject"]["appId"] == app.app_id

    assert told("--since", "1h", "--operation", "CreateApp") == [entry]
    assert told("--operation", "DeleteApp") == []
    assert told("--since", "2999-01-01") == []
    assert "CreateApp" in run("cloud", "audit").stdout
    refused = run("cloud", "audit", "--since", "soon")
    assert refused.returncode == 2
    assert "is no moment" in refused.stderr


def test_without_a_cloud_it_says_that_there_is_none(run: Run) -> None:
    done = run("cloud", "audit")
    assert done.returncode != 0
    assert "there is no cloud" in done.stderr
