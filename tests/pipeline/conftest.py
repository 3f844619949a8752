from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.reporter import RecordingReporter


@pytest.fixture
def reporter() -> RecordingReporter:
    return RecordingReporter()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a game server in it."""
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\nEXPOSE 7777/udp\nCOPY . /\n")
    (folder / "game").write_bytes(b"#!/bin/sh\n")
    return folder
