from __future__ import annotations

from pathlib import Path

import pytest

from hathora_deploy.pipeline import preparation, source_build
from hathora_deploy.pipeline.pipeline_service import SERVICES
from tests.pipeline.reporter import RecordingReporter


@pytest.fixture(autouse=True)
def cache_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stat caches, manifests, and sessions of uploads, of the test's own."""
    home = tmp_path / "caches"
    monkeypatch.setattr(preparation, "stat_cache_home", lambda: home)
    monkeypatch.setattr(source_build, "manifest_home", lambda: tmp_path / "manifests")
    monkeypatch.setattr(source_build, "session_home", lambda: tmp_path / "uploads")
    return home


@pytest.fixture(autouse=True)
def no_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs the tests may be a pipeline, which is none of the deploys'."""
    for mark in {"CI", *(mark for service in SERVICES for mark in service.marks)}:
        monkeypatch.delenv(mark, raising=False)


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
