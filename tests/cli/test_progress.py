"""A deploy as people follow it."""

from __future__ import annotations

import io
import re
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hathora_deploy.api.builds import BuildStatus, BuildV3
from hathora_deploy.api.network import ExposedPort, Region, TransportType
from hathora_deploy.cli import bars, progress
from hathora_deploy.cli.output import Output
from hathora_deploy.pipeline.progress import Reporter

from .test_output import DEPLOYMENT

SHA = "3e6cbb463a6e1ab57d57c20a96465f6130cbab43"


def deploy(reporter: Reporter) -> None:
    reporter.packaging(Path("server"), "3e6cbb4 on main", 38 << 20)
    reporter.packing(38 << 20)
    reporter.packed(412, 38 << 20, 18 << 20)
    reporter.uploading(18 << 20)
    senders = [
        threading.Thread(target=lambda: [reporter.uploaded(1 << 20) for _ in range(9)] and None)
        for _ in range(2)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    reporter.upload_complete(18 << 20, 2)
    reporter.building("bld-1")
    reporter.build_line("Step 1/1 : \x1b]0;owned\x07\x1b[2JFROM scratch")
    reporter.built("bld-1")
    reporter.deployed(DEPLOYMENT.model_copy(update={"deployment_tag": SHA}))
    reporter.room_starting("room1", Region.SEATTLE)
    port = ExposedPort(name="default", host="h", port=1, transport_type=TransportType.UDP)
    reporter.room_running("room1", Region.SEATTLE, port)


STAGES = """\
  package   server  ·  412 files, 38.0 MiB  ·  3e6cbb4 on main
  upload    18.0 MiB of 18.0 MiB · 2 parts
  build     bld-1
            Step 1/1 : FROM scratch
  deploy    dep-1  tagged 3e6cbb4
"""


def test_a_folder_and_a_branch_may_have_any_name(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.reporter(Output()) as reporter:
        reporter.packaging(Path("a{0}"), "3e6cbb4 on fix/{name}%s", 1)
        reporter.packed(1, 1, 1)
    line = "  package   a{0}  ·  1 file, 1 B  ·  3e6cbb4 on fix/{name}%s\n"
    assert capsys.readouterr().err == line


def test_a_log_gets_one_calm_line_a_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.reporter(Output()) as reporter:
        deploy(reporter)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == STAGES + "  room      room1 starts in Seattle\n"


def test_a_deploy_that_waits_says_for_whom(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.reporter(Output()) as reporter:
        reporter.waiting("alice on ci-7", timedelta(seconds=40))
    told = "  waiting   for the deploy of alice on ci-7 (began 40 s ago)\n"
    assert capsys.readouterr().err == told


def test_a_long_upload_is_told_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    reporter = progress.LineReporter(Output())
    reporter.uploading(100 << 20)
    for now in range(1, 26):  # noqa: B007 - the reporter reads it
        reporter.uploaded(1 << 20)
    reporter.uploaded(-(5 << 20))
    assert capsys.readouterr().err.splitlines() == [
        "  upload    10.0 MiB of 100.0 MiB",
        "  upload    20.0 MiB of 100.0 MiB",
    ]


def test_a_large_folder_is_told_of_while_it_is_packed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    reporter = progress.LineReporter(Output())
    reporter.packaging(Path("server"), "not in git", 2 << 30)
    for now in range(1, 12):  # noqa: B007 - the reporter reads it
        reporter.packing(100 << 20)
    assert capsys.readouterr().err == "  package   1000.0 MiB of 2.0 GiB\n"


def test_an_upload_that_begins_before_all_is_packed_tells_its_total_when_it_is_known(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    reporter = progress.LineReporter(Output())
    reporter.packaging(Path("server"), "not in git", 200 << 20)
    reporter.uploading(None)
    now = 11.0
    reporter.uploaded(5 << 20)
    reporter.packed(3, 200 << 20, 90 << 20)
    now = 22.0
    reporter.uploaded(5 << 20)
    reporter.upload_complete(90 << 20, 6)
    assert capsys.readouterr().err.splitlines() == [
        "  upload    5.0 MiB",
        "  package   server  ·  3 files, 200.0 MiB  ·  not in git",
        "  upload    10.0 MiB of 90.0 MiB",
        "  upload    90.0 MiB of 90.0 MiB · 6 parts",
    ]


def test_a_terminal_shows_packing_and_uploading_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(bars, "BAR_DELAY", 0.0)
    with progress.reporter(Output()) as reporter:
        reporter.packaging(Path("server"), "not in git", 200 << 20)
        reporter.uploading(None)
        reporter.uploaded(5 << 20)
        reporter.packing(200 << 20)
        reporter.packed(3, 200 << 20, 90 << 20)
        reporter.uploaded(85 << 20)
        reporter.upload_complete(90 << 20, 6)
    text = screen.getvalue()
    assert re.search(r"  upload +0 B · 0 B/s", text)
    assert re.search(r"  upload .*B of 90\.0 MiB · .*B/s", text)
    assert "server  ·  3 files" in text


def test_a_terminal_gets_a_bar_for_each_stage_that_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(bars, "BAR_DELAY", 0.0)
    with progress.reporter(Output()) as reporter:
        deploy(reporter)
    for stage, total in (("package", "38.0"), ("upload", "18.0")):
        assert re.search(rf"  {stage} .*B of {total} MiB", screen.getvalue())


def test_the_bar_of_reading_is_gone_when_the_next_stage_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(bars, "BAR_DELAY", 0.0)
    with progress.reporter(Output()) as reporter:
        reporter.reading(Path("server"), "not in git", 3, 300)
        reporter.read(300)
        reporter.packaging(Path("server"), "not in git", 300)
        read, later = screen.getvalue(), len(screen.getvalue())
        reporter.packed(3, 300, 200)
        reporter.building("bld-1")
    assert "  read " in read
    assert "  read " not in screen.getvalue()[later:]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_bars_that_leave_the_same_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress.reporter(Output()) as reporter:
        assert isinstance(reporter, bars.BarReporter)
        deploy(reporter)
    text = screen.getvalue()
    assert "room1 starts in Seattle …" in text
    assert "\x1b[2J" not in text
    assert "owned" not in text
    left = "".join(line.rsplit("\r", 1)[-1] + "\n" for line in text.split("\n"))
    assert left.startswith(STAGES)


def test_a_bar_that_is_interrupted_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    reporter = progress.reporter(Output())
    with suppress(KeyboardInterrupt), reporter:
        reporter.room_starting("room1", Region.SEATTLE)
        raise KeyboardInterrupt
    assert "room1 starts in Seattle …" in screen.getvalue()
    assert screen.getvalue().endswith("\r")


def test_a_build_that_is_reused_is_told_with_the_tag_it_was_made_with(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = BuildV3(
        org_id="org-1",
        build_id="bld-1",
        created_by="me",
        created_at=datetime.now(UTC) - timedelta(minutes=3, seconds=1),
        started_at=None,
        finished_at=None,
        deleted_at=None,
        status=BuildStatus.SUCCEEDED,
        image_size=1,
        build_tag=SHA,
    )
    with progress.reporter(Output()) as reporter:
        reporter.reading(Path("server"), "04b4c28 on main", 412, 38 << 20)
        reporter.read(38 << 20)
        reporter.reused(found)
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "  reuse     server  ·  412 files, 38.0 MiB  ·  04b4c28 on main"
    assert told[1].startswith("  build     bld-1  tagged 3e6cbb4, made 3 min ago, ")
