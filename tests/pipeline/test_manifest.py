from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from hathora_deploy.pipeline.folder_source import read_folder
from hathora_deploy.pipeline.manifest import Manifest, ManifestStore

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no manifests on Windows")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\nEXPOSE 1/udp\n")
    (folder / "run").write_text("x")
    (folder / "link").symlink_to("run")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> ManifestStore:
    return ManifestStore(tmp_path / "manifests")


def manifest(folder: Path, tmp_path: Path) -> Manifest:
    return read_folder(folder, cache_home=tmp_path / "cache").content(lambda _: None).manifest


def test_the_files_of_a_build_are_remembered_whatever_their_names(
    folder: Path, store: ManifestStore, tmp_path: Path
) -> None:
    (folder / os.fsdecode(b"not-\xff-text")).write_text("y")
    before = manifest(folder, tmp_path)
    assert set(before) == {"Dockerfile", "run", "link", os.fsdecode(b"not-\xff-text")}
    assert not store.knows("build-1")
    store.save("build-1", before)
    assert store.knows("build-1")
    assert store.load("build-1") == before
    assert store.load("build-2") is None


def test_a_mode_and_where_a_link_points_are_part_of_a_file(folder: Path, tmp_path: Path) -> None:
    before = manifest(folder, tmp_path)
    (folder / "run").chmod(0o755)
    (folder / "link").unlink()
    (folder / "link").symlink_to("Dockerfile")
    after = manifest(folder, tmp_path)
    assert {path for path in after if after[path] != before[path]} == {"run", "link"}


def test_nobody_else_reads_it_and_what_others_have_written_is_not_believed(
    folder: Path, store: ManifestStore, tmp_path: Path
) -> None:
    store.save("build-1", manifest(folder, tmp_path))
    (path,) = (tmp_path / "manifests").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o666)
    assert store.load("build-1") is None


@pytest.mark.parametrize("data", [b"", b"nonsense", b"x\x9cK\xceNJ\x06\x00\x04\x9b\x01\xe6"])
def test_one_that_is_damaged_is_none(store: ManifestStore, tmp_path: Path, data: bytes) -> None:
    store.save("build-1", {})
    (path,) = (tmp_path / "manifests").iterdir()
    path.write_bytes(data)
    assert store.load("build-1") is None


def test_only_those_of_the_latest_builds_are_kept(store: ManifestStore, tmp_path: Path) -> None:
    for number in range(70):
        store.save(f"build-{number}", {})
    assert len(list((tmp_path / "manifests").iterdir())) == 64
    assert store.load("build-69") == {}
