from __future__ import annotations

from pathlib import Path

import pytest

from hathora_deploy.cloud.runtime.builder import choose_builder
from hathora_deploy.cloud.runtime.buildkit import BuildKit
from hathora_deploy.cloud.runtime.buildkit_command import find_buildkit
from hathora_deploy.cloud.runtime.docker_build import EngineBuilder

PLAIN = 'case "$1" in --version) echo "Docker version {version}, build 1";; *) {buildx};; esac'


def program(folder: Path, version: str, *, buildx: bool = False, script: str = PLAIN) -> Path:
    folder.mkdir()
    path = folder / "docker"
    text = script.format(version=version, buildx="exit 0" if buildx else "exit 1")
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def search(monkeypatch: pytest.MonkeyPatch, *programs: Path) -> None:
    monkeypatch.setenv("PATH", ":".join(str(each.parent) for each in programs))
    monkeypatch.delenv("DOCKER_BUILDKIT", raising=False)


def test_every_docker_on_the_path_is_looked_at(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = program(tmp_path / "a", "28.2.2")
    built_in = program(tmp_path / "b", "20.10.24+dfsg1")
    plugged = program(tmp_path / "c", "28.2.2", buildx=True)
    search(monkeypatch, without, built_in, plugged)
    assert find_buildkit(engine) == built_in
    search(monkeypatch, without, plugged, built_in)
    assert find_buildkit(engine) == plugged


def test_without_buildkit_the_builder_of_old_is_taken(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search(monkeypatch, program(tmp_path / "a", "28.2.2"))
    assert isinstance(choose_builder(engine), EngineBuilder)
    search(monkeypatch, program(tmp_path / "b", "28.2.2", buildx=True))
    assert isinstance(choose_builder(engine), BuildKit)


def test_a_program_of_podman_is_not_taken_for_docker(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search(monkeypatch, program(tmp_path / "a", "", script="echo podman version 4.3.1"))
    assert find_buildkit(engine) is None


def test_who_asks_docker_for_no_buildkit_gets_none(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search(monkeypatch, program(tmp_path / "a", "28.2.2", buildx=True))
    monkeypatch.setenv("DOCKER_BUILDKIT", "0")
    assert find_buildkit(engine) is None
