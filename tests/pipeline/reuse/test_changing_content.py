"""A content that changes while it is sent makes no build of another content's id."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.archive import pack
from hathora_deploy.pipeline.context import read_context
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.errors import ContextError
from tests.pipeline.proxy import Fault, FaultProxy
from tests.pipeline.reporter import RecordingReporter
from tests.pipeline.reuse.conftest import builds

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)


def test_a_file_that_changes_while_the_folder_is_packed_leaves_no_build_of_the_wrong_content(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    game: Path,
    reporter: RecordingReporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def change(*_: object) -> None:
        (game / "map").write_text("rust")

    monkeypatch.setattr(reporter, "packaging", change)
    with pytest.raises(ContextError, match=r"map changed while the folder was packed"):
        attempt()
    assert builds(direct) == []


def test_an_archive_that_changes_while_it_is_sent_leaves_no_build(
    attempt: Callable[..., Deployed],
    direct: HathoraCloud,
    game: Path,
    proxy: FaultProxy,
    tmp_path: Path,
) -> None:
    given = tmp_path / "given.tgz"
    with pack(read_context(game)) as archive:
        given.write_bytes(archive.path.read_bytes())

    def grow() -> None:
        given.write_bytes(given.read_bytes() + b"more")

    proxy.faults = [Fault("^PUT ", meanwhile=grow)]
    with pytest.raises(ContextError, match=r"given\.tgz changed while it was sent"):
        attempt(given)
    assert builds(direct) == []
