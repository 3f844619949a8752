"""The SDK that studios use, unchanged, against the cloud of this machine."""

from __future__ import annotations

import json
import os
import random
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from .conftest import EXAMPLE, OwnCloud

SCRIPT = Path(__file__).parent / "sdk.mjs"
PADDING = 20 << 20
"""Bytes that do not compress, so that the archive has several parts."""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / "padding").write_bytes(random.Random(1).randbytes(PADDING))
    path = tmp_path / "server.tgz"
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for file in sorted(EXAMPLE.iterdir()):
            if file.is_file():
                archive.add(file, file.name)
        archive.add(tmp_path / "padding", "padding")
    return path


def test_the_sdk_deploys_and_looks_after_a_game(
    sdk_folder: Path, archive: Path, shared_cloud: OwnCloud
) -> None:
    seen = drive(sdk_folder, shared_cloud, archive)

    assert seen["parts"] > 1
    assert seen["buildLog"].strip()
    assert seen["verdict"]["status"] == "succeeded"
    assert seen["verdict"]["buildTag"] == "from-the-sdk"
    assert seen["latest"] == seen["deployment"]
    assert seen["deployment"]["env"] == [{"name": "MOTD", "value": "a=b, c"}]

    assert seen["room"]["processId"] == seen["processes"][0]["processId"]
    assert seen["connection"]["exposedPort"]["transportType"] == "udp"
    assert seen["processes"][0]["status"] == "running"
    assert seen["roomInfo"]["status"] == "active"
    assert f"room {seen['room']['roomId']} in Washington_DC is open" in seen["processLog"]

    assert seen["stopped"]["status"] == "stopped"
    assert seen["refusal"]["status"] == 404
    assert "no-such-room" in seen["refusal"]["message"]


def drive(sdk_folder: Path, cloud: OwnCloud, archive: Path) -> Any:
    done = subprocess.run(
        ["node", SCRIPT, cloud.endpoint, "from-the-sdk", archive],
        env={
            "PATH": os.environ["PATH"],
            "HATHORA_TS_SDK": str(sdk_folder),
            "HATHORA_TOKEN": cloud.token,
        },
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
