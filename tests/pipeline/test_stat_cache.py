"""What is known of files from an earlier time: never wrong, and never in the way."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from hathora_deploy.pipeline.context import read_context
from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.folder_source import FolderContent, read_folder
from hathora_deploy.pipeline.hashes import Hashes, hash_files
from hathora_deploy.pipeline.stat_cache import StatCache

if sys.platform == "win32":
    pytest.skip("Windows has no stat cache", allow_module_level=True)

LATER = 10_000_000_000
"""Nanoseconds after which a file counts as settled."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "contents"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Moves the clock of the program on; the disk keeps its own."""
    ahead = 0
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + ahead)

    def move(nanoseconds: int) -> None:
        nonlocal ahead
        ahead += nanoseconds

    return move


def read(folder: Path, home: Path, *, anew: bool = False) -> FolderContent:
    return read_folder(folder, cache_home=home, anew=anew).content(lambda _: None)


def test_what_has_not_changed_is_not_read_again(
    folder: Path, home: Path, clock: Callable[[int], None]
) -> None:
    clock(LATER)
    first = read(folder, home)
    second = read(folder, home)
    assert (first.hashes.read, second.hashes.read) == (2, 0)
    assert second.digest == first.digest
    assert second.hashes.by_path()["game"] == hashlib.sha256(b"#!/bin/sh\n").hexdigest()


def test_what_has_not_changed_is_not_even_opened_and_what_has_is_before_all_else(
    folder: Path,
    home: Path,
    clock: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock(LATER)
    read(folder, home)
    real_open = os.open

    def refuse(path: str, *arguments: int) -> int:
        if Path(path).parent == folder:
            raise PermissionError(13, "Permission denied")
        return real_open(path, *arguments)

    monkeypatch.setattr(os, "open", refuse)
    assert read(folder, home).hashes.read == 0
    for name in ("game", "Dockerfile"):
        (folder / name).chmod(0o711)
    with pytest.raises(ContextError, match=r"Dockerfile: cannot be read .*; game: cannot be read"):
        read_folder(folder, cache_home=home)


def test_a_file_that_was_written_just_before_is_read_again(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = (folder / "game").stat().st_mtime_ns
    monkeypatch.setattr(time, "time_ns", lambda: written + 1_000_000_000)
    assert read(folder, home).hashes.read == 2
    assert read(folder, home).hashes.read == 2


def test_a_change_that_leaves_size_and_time_as_they_were_is_seen(
    folder: Path, home: Path, clock: Callable[[int], None]
) -> None:
    clock(LATER)
    os.utime(folder / "game", (1_000_000_000, 1_000_000_000))
    first = read(folder, home)
    (folder / "game").write_bytes(b"#!/bin/ks\n")
    os.utime(folder / "game", (1_000_000_000, 1_000_000_000))
    second = read(folder, home)
    assert second.hashes.read == 1
    assert second.digest != first.digest


def test_a_file_that_takes_the_place_of_another_is_read(
    folder: Path, home: Path, clock: Callable[[int], None]
) -> None:
    clock(LATER)
    read(folder, home)
    other = folder.parent / "other"
    other.write_bytes(b"#!/bin/ks\n")
    other.replace(folder / "game")
    assert read(folder, home).hashes.read == 1


def test_files_that_come_and_go_are_learned_and_forgotten(
    folder: Path, home: Path, clock: Callable[[int], None]
) -> None:
    clock(LATER)
    read(folder, home)
    (folder / "map").write_text("dust")
    assert read(folder, home).hashes.read == 1
    (folder / "map").unlink()
    assert read(folder, home).hashes.read == 0
    assert set(StatCache(folder, home=home).load().files) == {"Dockerfile", "game"}


def test_anew_reads_everything_whatever_is_known(
    folder: Path, home: Path, clock: Callable[[int], None]
) -> None:
    clock(LATER)
    read(folder, home)
    assert read(folder, home, anew=True).hashes.read == 2
    assert read(folder, home).hashes.read == 0


def test_only_its_owner_reads_the_cache(folder: Path, home: Path) -> None:
    read(folder, home)
    (file,) = home.iterdir()
    assert (file.stat().st_mode & 0o777, home.stat().st_mode & 0o777) == (0o600, 0o700)


DAMAGE: list[Callable[[bytes], bytes]] = [
    lambda data: b"",
    lambda data: data[:-1],
    lambda data: data + b" ",
    lambda data: data.replace(b"stat cache 2", b"stat cache 3"),
    lambda data: data.replace(b'"game"', b'"mage"'),
    lambda data: b"\xff" * 100,
    lambda data: data.partition(b"\n")[0],
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_cache_that_is_damaged_or_of_another_version_counts_as_none_and_is_replaced(
    folder: Path, home: Path, clock: Callable[[int], None], damage: Callable[[bytes], bytes]
) -> None:
    clock(LATER)
    read(folder, home)
    (file,) = home.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert read(folder, home).hashes.read == 2
    assert read(folder, home).hashes.read == 0


def test_a_cache_that_others_can_write_to_counts_as_none(
    folder: Path, home: Path, clock: Callable[[int], None]
) -> None:
    clock(LATER)
    read(folder, home)
    (file,) = home.iterdir()
    file.chmod(0o666)
    assert read(folder, home).hashes.read == 2
    (file,) = home.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_cache_of_somebody_else_counts_as_none(
    folder: Path, home: Path, clock: Callable[[int], None]
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    clock(LATER)
    read(folder, home)
    (file,) = home.iterdir()
    os.chown(file, 65534, 65534)
    assert read(folder, home).hashes.read == 2


@pytest.mark.parametrize("kind", ["file", "folder", "link", "pipe"])
def test_a_place_where_no_cache_can_be_is_no_error(folder: Path, home: Path, kind: str) -> None:
    cache = StatCache(folder, home=home)
    if kind == "file":
        home.parent.mkdir(parents=True)
        home.write_text("")
    else:
        home.mkdir(parents=True)
        if kind == "folder":
            cache.path.mkdir()
        elif kind == "link":
            cache.path.symlink_to("/dev/zero")
        else:
            os.mkfifo(cache.path)
    assert read(folder, home).hashes.read == 2


def test_deploys_at_once_do_no_harm_to_the_cache(
    folder: Path, home: Path, clock: Callable[[int], None]
) -> None:
    clock(LATER)
    with ThreadPoolExecutor() as pool:
        contents = list(pool.map(lambda _: read(folder, home, anew=True), range(16)))
    assert len({content.digest for content in contents}) == 1
    assert len(list(home.iterdir())) == 1
    assert read(folder, home).hashes.read == 0


def test_the_caches_of_folders_deployed_long_ago_go(folder: Path, home: Path) -> None:
    first = StatCache(folder, home=home)
    first.save(Hashes({}, 0))
    os.utime(first.path, (0, 0))
    for number in range(40):
        StatCache(folder / str(number), home=home).save(Hashes({}, 0))
    assert len(list(home.iterdir())) == 32
    assert not first.path.exists()


def test_names_that_are_no_text_are_kept(
    folder: Path, home: Path, clock: Callable[[int], None]
) -> None:
    clock(LATER)
    (folder / os.fsdecode(b"caf\xe9\n")).write_text("")
    read(folder, home)
    assert read(folder, home).hashes.read == 0


def test_a_file_that_grows_between_looking_and_reading_is_an_error_that_names_it(
    folder: Path,
) -> None:
    context = read_context(folder)
    (folder / "game").write_text("longer than it was")
    with pytest.raises(ContextError, match="game changed while it was read"):
        hash_files(context.entries)


def test_a_file_that_is_gone_is_an_error_that_names_it(folder: Path) -> None:
    context = read_context(folder)
    (folder / "game").unlink()
    with pytest.raises(ContextError, match="game can no longer be read"):
        hash_files(context.entries)


@pytest.mark.parametrize("text", [b"#!/bin/ks\n", b"longer than it was"])
def test_a_file_that_changes_after_its_content_was_taken_is_named(
    folder: Path, home: Path, text: bytes
) -> None:
    content = read(folder, home)
    content.require_unchanged()
    (folder / "game").write_bytes(text)
    with pytest.raises(ContextError, match=r"game changed .*while the folder was packed"):
        content.require_unchanged()


def test_many_files_are_read_by_several_threads_and_every_byte_is_told_of(folder: Path) -> None:
    for number in range(200):
        (folder / f"{number}").write_bytes(bytes([number]) * number * 99)
    entries = read_context(folder).entries
    told: list[int] = []
    hashes = hash_files(entries, progress=told.append)
    assert sum(told) == sum(each.size for each in entries)
    expected = {
        each.path: hashlib.sha256(Path(each.source).read_bytes()).hexdigest() for each in entries
    }
    assert hashes.by_path() == expected
    assert replace(hashes, moment=0).settled() == {}
