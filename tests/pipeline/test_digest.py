"""The digest decides which builds are the same: what counts, and nothing else."""

from __future__ import annotations

import hashlib
import os
import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.pipeline.context import Entry, EntryKind, read_context
from hathora_deploy.pipeline.digest import content_build_id, content_digest
from hathora_deploy.pipeline.hashes import hash_files

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")

names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=8
)
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[Entry], dict[str, str]]:
    """Entries, and what their files hold."""
    entries: list[Entry] = []
    hashes: dict[str, str] = {}
    for path in draw(st.lists(paths, min_size=1, max_size=6, unique=True)):
        kind = draw(st.sampled_from(EntryKind))
        if kind is EntryKind.FILE:
            size, executable = draw(st.integers(0, 2**40)), draw(st.booleans())
            entries.append(Entry(path, path, kind, size, executable))
            hashes[path] = draw(digests)
        elif kind is EntryKind.SYMLINK:
            entries.append(Entry(path, path, kind, target=draw(names)))
        else:
            entries.append(Entry(path, path, kind))
    return entries, hashes


def test_the_digest_is_the_one_that_is_documented() -> None:
    entries = [
        Entry("maps", "a", EntryKind.FOLDER),
        Entry("Dockerfile", "b", EntryKind.FILE, size=5),
        Entry("maps/größe", "c", EntryKind.SYMLINK, target="../run.sh"),
        Entry("run.sh", "d", EntryKind.FILE, size=3, is_executable=True),
    ]
    digest = content_digest(entries, {"Dockerfile": "ab" * 32, "run.sh": "cd" * 32})
    fields = ["hathora-deploy build context 1"]
    fields += ["file", "Dockerfile", "", "5", "ab" * 32]
    fields += ["folder", "maps", "", "0", ""]
    fields += ["symlink", "maps/größe", "", "0", "../run.sh"]
    fields += ["file", "run.sh", "x", "3", "cd" * 32]
    spelled_out = "".join(f"{field}\0" for field in fields).encode()
    assert digest == hashlib.sha256(spelled_out).hexdigest()
    assert digest == "374fcdb40d91225b1661f6bf5187c6fad48551d51fb2479c9cd60e4626f7d389"
    assert content_build_id(digest) == f"bld-{digest[:40]}"


@given(trees(), st.randoms(use_true_random=False))
def test_the_order_of_entries_and_where_they_are_read_from_do_not_count(
    tree: tuple[list[Entry], dict[str, str]], chance: random.Random
) -> None:
    entries, hashes = tree
    moved = [replace(each, source=f"elsewhere/{each.path}") for each in entries]
    chance.shuffle(moved)
    assert content_digest(moved, hashes) == content_digest(entries, hashes)


@given(trees(), st.data())
def test_any_change_of_an_entry_counts(
    tree: tuple[list[Entry], dict[str, str]], data: st.DataObject
) -> None:
    entries, hashes = tree
    before = content_digest(entries, hashes)
    place = data.draw(st.integers(0, len(entries) - 1))
    entry = entries[place]
    others = entries[:place] + entries[place + 1 :]
    assert content_digest(others, hashes) != before
    changes = [replace(entry, path=f"{entry.path}x")]
    if entry.kind is EntryKind.FILE:
        changes.append(replace(entry, size=entry.size + 1))
        changes.append(replace(entry, is_executable=not entry.is_executable))
        changes.append(replace(entry, kind=EntryKind.FOLDER, size=0, is_executable=False))
        other = hashes | {
            entry.path: data.draw(digests.filter(lambda it: it != hashes[entry.path]))
        }
        assert content_digest(entries, other) != before
    if entry.kind is EntryKind.SYMLINK:
        changes.append(replace(entry, target=f"{entry.target}x"))
    renamed = hashes | {f"{entry.path}x": hashes.get(entry.path, "")}
    for change in changes:
        assert content_digest([*others, change], renamed) != before


def digest_of(folder: Path) -> str:
    entries = read_context(folder).entries
    return content_digest(entries, hash_files(entries).by_path())


def make(folder: Path, umask: int, moment: int) -> Path:
    previous = os.umask(umask)
    try:
        (folder / "maps").mkdir(parents=True)
        (folder / "Dockerfile").write_text("FROM scratch\n")
        (folder / "maps" / "dust").write_bytes(b"\0" * 5000)
    finally:
        os.umask(previous)
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (moment, moment))
    return folder


def test_times_modes_of_others_and_the_folder_itself_do_not_count(tmp_path: Path) -> None:
    one = make(tmp_path / "one", 0o022, 1_000_000_000)
    assert digest_of(one) == digest_of(make(tmp_path / "two", 0o077, 1_700_000_000))


@posix_only
def test_what_a_file_holds_where_a_link_points_and_the_executable_bit_count(tmp_path: Path) -> None:
    folder = make(tmp_path / "one", 0o022, 1_000_000_000)
    (folder / "link").symlink_to("maps/dust")
    seen = [digest_of(folder)]
    (folder / "maps" / "dust").write_bytes(b"\0" * 4999 + b"\1")
    seen.append(digest_of(folder))
    (folder / "maps" / "dust").chmod(0o755)
    seen.append(digest_of(folder))
    (folder / "link").unlink()
    (folder / "link").symlink_to("maps")
    seen.append(digest_of(folder))
    (folder / "empty").mkdir()
    seen.append(digest_of(folder))
    assert len(set(seen)) == 5
