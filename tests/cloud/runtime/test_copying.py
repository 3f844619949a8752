from __future__ import annotations

import threading
from pathlib import Path

import pytest

from hathora_deploy.cloud.errors import BuildFailed
from hathora_deploy.cloud.runtime.copying import Copying


@pytest.fixture
def copying(tmp_path: Path) -> Copying:
    context, files = tmp_path / "context", tmp_path / "files"
    context.mkdir()
    files.mkdir()
    return Copying(context, files, threading.Event())


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def copy(copying: Copying, source: str, destination: str) -> list[str]:
    copying.copy(copying.find(source), destination, workdir="/w", mode=None)
    return sorted(
        path.relative_to(copying.files).as_posix()
        for path in copying.files.rglob("*")
        if path.is_symlink() or path.is_file()
    )


@pytest.mark.parametrize(
    ("source", "destination", "result"),
    [
        ("a", "b", ["w/b"]),
        ("a", "b/", ["w/b/a"]),
        ("a", ".", ["w/a"]),
        ("./a", "/", ["a"]),
        ("/a", "../../x", ["x"]),
        ("d", "e", ["w/e/.hidden", "w/e/deep/f"]),
        ("d/", "/", [".hidden", "deep/f"]),
        ("d/deep/..", "/", [".hidden", "deep/f"]),
        (".", "/", ["a", "ab", "d/.hidden", "d/deep/f"]),
        ("a*", "/", ["a", "ab"]),
        ("a?", "/x/", ["x/ab"]),
        ("d/*", "/x/", ["x/.hidden", "x/f"]),
        ("**/f", "/x/", []),
        ("[^a]*", "/x", ["x/.hidden", "x/deep/f"]),
    ],
)
def test_a_source_lands_where_docker_would_put_it(
    copying: Copying, source: str, destination: str, result: list[str]
) -> None:
    put(copying.context, "a", "ab", "d/.hidden", "d/deep/f")
    assert copy(copying, source, destination) == result


def test_the_context_does_not_change_when_a_copy_does(copying: Copying) -> None:
    put(copying.context, "a")
    for target in ("/one", "/two"):
        copying.copy(copying.find("a"), target, workdir="/", mode=0o700)
    (copying.files / "one").write_text("changed")
    assert (copying.files / "two").read_text() == "a"


def test_a_later_copy_replaces_a_file(copying: Copying) -> None:
    put(copying.context, "a", "b")
    copy(copying, "a", "/x")
    copy(copying, "b", "/x")
    assert (copying.files / "x").read_text() == "b"
    assert (copying.context / "a").read_text() == "a"


def test_links_within_a_folder_are_kept_and_a_link_as_source_is_followed(copying: Copying) -> None:
    put(copying.context, "d/f")
    (copying.context / "d/link").symlink_to("f")
    assert copy(copying, "d", "/x") == ["x/f", "x/link"]
    assert (copying.files / "x/link").is_symlink()
    assert copy(copying, "d/link", "/y") == ["x/f", "x/link", "y"]
    assert not (copying.files / "y").is_symlink()


def test_a_link_that_would_lead_out_of_the_image_is_refused(copying: Copying) -> None:
    put(copying.context, "f")
    (copying.context / "d").mkdir()
    (copying.context / "d/link").symlink_to("../f")
    with pytest.raises(BuildFailed, match="lead out of the image"):
        copy(copying, "d", "/")


def test_nothing_is_written_through_a_link_that_leads_out(copying: Copying, tmp_path: Path) -> None:
    put(copying.context, "f")
    (copying.files / "out").symlink_to(tmp_path)
    with pytest.raises(BuildFailed, match="leads out of the image"):
        copy(copying, "f", "/out/f")
    assert not (tmp_path / "f").exists()


def test_a_source_that_is_a_link_out_of_the_context_is_refused(
    copying: Copying, tmp_path: Path
) -> None:
    put(tmp_path, "secret")
    (copying.context / "link").symlink_to("../secret")
    with pytest.raises(BuildFailed, match="leads out of the archive"):
        copying.find("link")
