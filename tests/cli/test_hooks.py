"""Hooks as a person has them: in hathora.toml, or as options, with their output on stderr."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import Cloud

if sys.platform == "win32":
    pytest.skip("the commands are for a POSIX shell", allow_module_level=True)

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud

SETTINGS = """
[hooks]
before-packaging = "echo made by $HATHORA_HOOK | tee made"
after-build = ["sh", "-c", "echo $HATHORA_HOOK_BUILD_ID"]
after-deploy = "echo no connection; exit 3"
"""


@pytest.fixture
def server(tmp_path: Path) -> Path:
    folder = tmp_path / "hooked"
    folder.mkdir()
    (folder / "Dockerfile").write_text('FROM scratch\nEXPOSE 7777/udp\nCOPY . /\nCMD ["sh"]\n')
    (folder / "hathora.toml").write_text(SETTINGS)
    return folder


def test_the_hooks_of_the_file_run_and_a_failing_one_is_named(cloud: Cloud, server: Path) -> None:
    done = cloud(server, "--local", "--no-room", "--output", "json", code=1)
    error = json.loads(done.stdout)["error"]
    assert (error["type"], error["hook"]) == ("HookFailedError", "after-deploy")
    assert error["message"].endswith("exit status 3\n  | no connection")
    assert error["deploymentId"] in error["message"]
    lines = done.stderr.splitlines()
    first = lines.index("  hook      before-packaging: echo made by $HATHORA_HOOK | tee made")
    assert lines[first + 1] == "            made by before-packaging"
    assert f"            {error['buildId']}" in lines
    assert (server / "made").read_text() == "made by before-packaging\n"


def test_an_option_wins_over_the_file_and_an_empty_one_takes_its_hook_away(
    cloud: Cloud, server: Path
) -> None:
    done = cloud(
        *(server, "--local", "--no-room", "--after-deploy", "", "--after-build", "echo instead"),
        HATHORA_HOOKS_BEFORE_PACKAGING="echo by the environment",
    )
    hooks = [line.split(None, 1)[1] for line in done.stderr.splitlines() if "  hook " in line]
    assert hooks == ["before-packaging: echo by the environment", "after-build: echo instead"]
    late = cloud("builds", "create", server, "--local", "--hook-timeout", "0.2",
                 "--before-packaging", "sleep 600", code=1)  # fmt: skip
    assert "it did not end within 0.2 s" in late.stderr


def test_ctrl_c_ends_a_hook(
    server: Path, environment: dict[str, str], local_cloud: RunningCloud
) -> None:
    words = (server, "--local", "--before-packaging", "echo $$ is its number; exec sleep 600")
    with subprocess.Popen(
        [sys.executable, "-m", "hathora_deploy", *map(str, words)],
        env={**environment, "HATHORA_DATA_DIR": str(local_cloud.data_dir)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = next(line for line in process.stderr if line.strip().endswith("is its number"))
        process.send_signal(signal.SIGINT)
        assert "interrupted" in process.stderr.read()
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int(said.split()[0]), 0)
