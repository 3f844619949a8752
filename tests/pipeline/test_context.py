from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hathora_deploy.pipeline.context import EntryKind, read_context
from hathora_deploy.pipeline.errors import ContextError

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def paths(folder: Path, dockerfile: str | None = None) -> list[str]:
    return [entry.path for entry in read_context(folder, dockerfile=dockerfile).entries]


def test_a_context_lists_every_file_and_folder_hidden_ones_too(folder: Path) -> None:
    (folder / "maps" / "empty").mkdir(parents=True)
    (folder / ".hidden").write_text("")
    context = read_context(folder)
    assert [each.path for each in context.entries] == [
        ".hidden",
        "Dockerfile",
        "game",
        "maps",
        "maps/empty",
    ]
    assert (context.files, context.size) == (3, 48)


def test_a_folder_stands_before_what_is_in_it_whatever_its_neighbours_are_called(
    folder: Path,
) -> None:
    for name in ("maps/a", "maps-old/a", "maps.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")
    assert paths(folder)[2:] == ["maps", "maps/a", "maps-old", "maps-old/a", "maps.txt"]


def test_ignored_files_stay_out_and_exceptions_come_back(folder: Path) -> None:
    (folder / "maps" / "new").mkdir(parents=True)
    for name in ("maps/a.json", "maps/new/b.json", "maps/new/b.bin"):
        (folder / name).write_text("")
    (folder / ".dockerignore").write_text("maps\n!**/b.json\n")
    assert paths(folder) == [".dockerignore", "Dockerfile", "game", "maps/new/b.json"]


def test_the_dockerfile_and_the_ignore_file_are_sent_even_if_they_are_ignored(
    folder: Path,
) -> None:
    (folder / ".dockerignore").write_text("*\n")
    assert paths(folder) == [".dockerignore", "Dockerfile"]


def test_a_dockerfile_elsewhere_is_packed_as_the_dockerfile(folder: Path, tmp_path: Path) -> None:
    (folder / "docker").mkdir()
    (folder / "docker" / "Game.Dockerfile").write_text("FROM debian\n")
    outside = tmp_path / "outside.Dockerfile"
    outside.write_text("FROM busybox\n")
    assert paths(folder, "docker/Game.Dockerfile").count("Dockerfile") == 1
    for dockerfile, text in (
        ("docker/Game.Dockerfile", "FROM debian\n"),
        (str(outside), "FROM busybox\n"),
    ):
        context = read_context(folder, dockerfile=dockerfile)
        (sent,) = [each for each in context.entries if each.path == "Dockerfile"]
        assert sent.source.read_text() == text


def test_an_ignore_file_of_the_dockerfile_replaces_that_of_the_folder(folder: Path) -> None:
    (folder / "Game.Dockerfile").write_text("FROM debian\n")
    (folder / "Game.Dockerfile.dockerignore").write_text("game\n*.dockerignore\n")
    (folder / ".dockerignore").write_text("maps\n")
    (folder / "maps").write_text("")
    context = read_context(folder, dockerfile="Game.Dockerfile")
    by_path = {each.path: each for each in context.entries}
    assert set(by_path) == {".dockerignore", "Dockerfile", "Game.Dockerfile", "maps"}
    assert by_path[".dockerignore"].source.name == "Game.Dockerfile.dockerignore"


@posix_only
def test_symlinks_are_kept_and_not_followed(folder: Path) -> None:
    (folder / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to("nowhere/at all")
    by_path = {each.path: each for each in read_context(folder).entries}
    assert by_path["loop"].kind is EntryKind.SYMLINK
    assert by_path["dangling"].target == "nowhere/at all"
    assert not any(path.startswith("loop/") for path in by_path)


@posix_only
def test_a_dockerfile_that_is_a_symlink_is_sent_as_the_file_it_points_to(folder: Path) -> None:
    (folder / "Dockerfile").rename(folder / "real")
    (folder / "Dockerfile").symlink_to("real")
    by_path = {each.path: each for each in read_context(folder).entries}
    assert by_path["Dockerfile"].kind is EntryKind.FILE
    assert by_path["Dockerfile"].size == by_path["real"].size


@posix_only
def test_what_is_no_file_is_refused_by_name_and_all_at_once(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as unix:
        home = Path.cwd()
        try:
            os.chdir(folder)  # the path of a socket has to be short
            unix.bind("sock")
        finally:
            os.chdir(home)
        with pytest.raises(ContextError, match=r"pipe: neither.*; sock: neither") as caught:
            read_context(folder)
    assert ".dockerignore" in str(caught.value.hint)
    (folder / ".dockerignore").write_text("pipe\nsock\n")
    assert "pipe" not in paths(folder)


@contextmanager
def ordinary_user(folder: Path) -> Iterator[None]:
    """Somebody whom permissions bind: root reads everything."""
    if os.geteuid() != 0:
        yield
        return
    for place in (folder, *folder.parents):
        if not place.stat().st_mode & 0o001:  # only those that pytest made for root alone
            place.chmod(place.stat().st_mode | 0o055)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@posix_only
def test_what_cannot_be_read_is_named_and_may_be_ignored(folder: Path) -> None:
    for name in ("closed", "closed-folder"):
        (folder / name).mkdir() if "folder" in name else (folder / name).write_text("")
        (folder / name).chmod(0)
    try:
        with (
            ordinary_user(folder),
            pytest.raises(
                ContextError, match=r"closed-folder: the folder cannot be read .*; closed: "
            ),
        ):
            read_context(folder)
        (folder / ".dockerignore").write_text("closed*\n")
        with ordinary_user(folder):
            assert "closed" not in paths(folder)
    finally:
        (folder / "closed-folder").chmod(0o700)


def test_a_file_that_is_gone_before_it_is_looked_at_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_open = os.open

    def refuse(path: object, *arguments: int, **options: int) -> int:
        if Path(str(path)).name == "game":
            raise PermissionError(13, "Permission denied")
        return real_open(str(path), *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ContextError, match=r"game: cannot be read \(Permission denied\)"):
        read_context(folder)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no folder"),
        (lambda path: path.write_text(""), "is not a folder"),
        (lambda path: path.mkdir(), "is empty"),
    ],
)
def test_a_folder_that_cannot_be_is_said_to_be_so(tmp_path: Path, make, message: str) -> None:
    make(tmp_path / "game")
    with pytest.raises(ContextError, match=message) as caught:
        read_context(tmp_path / "game")
    assert caught.value.hint


def test_a_folder_without_a_dockerfile_is_pointed_to_init(folder: Path) -> None:
    (folder / "Dockerfile").unlink()
    with pytest.raises(ContextError, match="there is no Dockerfile") as caught:
        read_context(folder)
    assert "hathora-deploy init" in str(caught.value.hint)


def test_a_dockerfile_that_is_named_and_missing_is_pointed_to_its_setting(folder: Path) -> None:
    with pytest.raises(ContextError, match=r"there is no Dockerfile .*Other") as caught:
        read_context(folder, dockerfile="Other")
    assert "dockerfile" in str(caught.value.hint)


def test_an_ignore_file_with_a_wrong_line_is_named_with_it(folder: Path) -> None:
    (folder / ".dockerignore").write_text("ok\n[\n")
    with pytest.raises(ContextError, match=r"\.dockerignore, line 2"):
        read_context(folder)


def test_a_very_deep_tree_is_walked(folder: Path) -> None:
    deep = folder
    for _ in range(300):
        deep = deep / "d"
    deep.mkdir(parents=True)
    assert len(paths(folder)) == 302
