from __future__ import annotations

import os
import socket
import stat
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
    assert paths(folder)[3:] == ["maps", "maps/new", "maps/new/b.json"]


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
        assert Path(sent.source).read_text() == text


def test_an_ignore_file_of_the_dockerfile_replaces_that_of_the_folder(folder: Path) -> None:
    (folder / "Game.Dockerfile").write_text("FROM debian\n")
    (folder / "Game.Dockerfile.dockerignore").write_text("game\n*.dockerignore\n")
    (folder / ".dockerignore").write_text("maps\n")
    (folder / "maps").write_text("")
    context = read_context(folder, dockerfile="Game.Dockerfile")
    by_path = {each.path: each for each in context.entries}
    assert set(by_path) == {".dockerignore", "Dockerfile", "Game.Dockerfile", "maps"}
    assert Path(by_path[".dockerignore"].source).name == "Game.Dockerfile.dockerignore"


@posix_only
def test_symlinks_are_kept_and_not_followed(folder: Path) -> None:
    (folder / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to("nowhere/at all")
    by_path = {each.path: each for each in read_context(folder).entries}
    assert by_path["loop"].kind is EntryKind.SYMLINK
    assert by_path["dangling"].target == "nowhere/at all"
    assert not any(path.startswith("loop/") for path in by_path)


@posix_only
def test_a_link_that_leads_outside_is_sent_as_a_link_and_nothing_from_there(
    folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    for name in ("secret", "."):
        (folder / f"link-{len(name)}").symlink_to(outside / name)
    linked = [each for each in read_context(folder).entries if each.path.startswith("link")]
    assert [(each.kind, each.size) for each in linked] == [(EntryKind.SYMLINK, 0)] * 2
    assert {each.target for each in linked} == {str(outside), str(outside / "secret")}


@posix_only
def test_hard_links_are_files_each(folder: Path) -> None:
    (folder / "again").hardlink_to(folder / "game")
    by_path = {each.path: each for each in read_context(folder).entries}
    assert by_path["again"].kind is EntryKind.FILE
    assert by_path["again"].size == by_path["game"].size == 10


@posix_only
@pytest.mark.parametrize("mode", [0o700, 0o4755, 0o2710, 0o1777, 0o111, 0o644, 0o466])
def test_of_modes_only_whether_the_owner_may_execute_is_known(folder: Path, mode: int) -> None:
    (folder / "game").chmod(mode)
    by_path = {each.path: each for each in read_context(folder).entries}
    assert by_path["game"].is_executable is bool(mode & 0o100)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, names are text of one form")
def test_names_are_taken_as_they_are(folder: Path) -> None:
    names = [
        *(
            "マップ",
            "карта",
            "ä",
            "a\u0308",
            "🎮",
            "a\nb",
            "a\\b",
            " ",
            "A",
            "a",
            "-rf",
            "*",
            "\udcff",
        ),
        "n" * 255,
        "/".join(["folder" * 40] * 10),
    ]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, errors="surrogateescape")
    found = {each.path for each in read_context(folder).entries if each.kind is EntryKind.FILE}
    assert found == {*names, "Dockerfile", "game"}


@posix_only
def test_a_sparse_file_of_many_gigabytes_is_as_long_as_it_says(folder: Path) -> None:
    with (folder / "huge").open("wb") as file:
        file.truncate(9 << 30)
    assert read_context(folder).size == (9 << 30) + 48


@posix_only
@pytest.mark.parametrize("name", [".", "..", "../server", "link", "link/", "maps/.."])
def test_a_folder_may_be_named_in_any_way(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (folder / "maps").mkdir()
    (folder / "link").symlink_to(".")
    monkeypatch.chdir(folder / "maps" if name == ".." else folder)
    context = read_context(Path(name))
    assert [each.path for each in context.entries] == ["Dockerfile", "game", "link", "maps"]
    assert all(os.path.lexists(each.source) for each in context.entries)


def test_what_vanishes_during_the_walk_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("maps", "logs"):
        (folder / name).mkdir()
    scandir = os.scandir

    def scan_and_remove(place: str) -> Iterator[os.DirEntry[str]]:
        found = list(scandir(place))
        for path in (folder / "game", folder / "maps", folder / "logs"):
            if Path(place) == folder:
                path.unlink() if path.is_file() else path.rmdir()
        return iter(found)

    monkeypatch.setattr(os, "scandir", scan_and_remove)
    with pytest.raises(ContextError, match=r"game: cannot be read .*logs: .*; maps: ") as caught:
        read_context(folder)
    assert "No such file" in str(caught.value)


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
        with pytest.raises(ContextError, match=r"pipe: a named pipe.*; sock: a socket") as caught:
            read_context(folder)
    assert ".dockerignore" in str(caught.value.hint)
    (folder / ".dockerignore").write_text("pipe\nsock\n")
    assert "pipe" not in paths(folder)


@posix_only
def test_a_device_is_refused(folder: Path) -> None:
    try:
        os.mknod(folder / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    with pytest.raises(ContextError, match="null: a device"):
        read_context(folder)


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


def test_a_dockerfile_that_cannot_be_looked_at_is_said_to_be_so(folder: Path) -> None:
    with pytest.raises(ContextError, match=r"xxx cannot be looked at: "):
        read_context(folder, dockerfile="x" * 300)


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
