from __future__ import annotations

from pathlib import Path

from hathora_deploy.pipeline.context import read_context
from hathora_deploy.pipeline.explanation import Explained, Reason, explain


def by_path(folder: Path, dockerfile: str | None = None) -> dict[str, Explained]:
    return {each.path: each for each in explain(folder, dockerfile=dockerfile).paths}


def test_every_path_says_whether_it_is_kept_and_by_which_line(folder: Path) -> None:
    for name in ("maps/new/a", "maps/old", "logs/deep/a"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    (folder / ".dockerignore").write_text("# maps\nmaps\n!maps/new/*\nlogs/\nDockerfile\n")
    told = {
        path: (each.reason, each.pattern and each.pattern.line, each.entry is not None)
        for path, each in by_path(folder).items()
    }
    assert told == {
        ".dockerignore": (Reason.ALWAYS_SENT, None, True),
        "Dockerfile": (Reason.ALWAYS_SENT, None, True),
        "game": (Reason.NO_PATTERN, None, True),
        "logs": (Reason.IGNORED, 4, False),
        "maps": (Reason.HOLDS_KEPT, 2, True),
        "maps/new": (Reason.HOLDS_KEPT, 2, True),
        "maps/new/a": (Reason.BROUGHT_BACK, 3, True),
        "maps/old": (Reason.IGNORED, 2, False),
    }


def test_what_is_said_to_be_kept_is_what_is_sent(folder: Path) -> None:
    for name in ("a/b", "a/c.log", "b.log"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")
    (folder / ".dockerignore").write_text("**/*.log\n!a/*.log\n")
    told = explain(folder)
    assert told.context == read_context(folder)
    assert tuple(each.entry for each in told.paths if each.entry) == told.context.entries
    assert [each.path for each in told.left_out] == ["b.log"]


def test_the_ignore_file_in_force_is_named(folder: Path) -> None:
    assert explain(folder).ignore_file is None
    (folder / "Dockerfile.dockerignore").write_text("game\n")
    (folder / ".dockerignore").write_text("maps\n")
    told = explain(folder)
    assert told.ignore_file == folder / "Dockerfile.dockerignore"
    sent = by_path(folder)[".dockerignore"].entry
    assert sent is not None
    assert Path(sent.source) == (folder / "Dockerfile.dockerignore").resolve()
