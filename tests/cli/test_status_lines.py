"""A status fits the terminal that it is shown on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hathora_deploy.cli.status_lines import Frame, status_lines
from hathora_deploy.pipeline.app_status import StatusReader
from tests.pipeline.long_past import NOW, quiet_cloud


def test_the_status_of_a_busy_app_fits_eighty_columns_and_twenty_four_lines(
    tmp_path: Path,
) -> None:
    with quiet_cloud(tmp_path) as quiet:
        app = quiet.new_app()
        deployments = quiet.deployed(app, 12, created_by="\x1b[2Jsomebody " * 20)
        for each in deployments:
            quiet.started(each, 2)
        why = "ended by \x1b]0;title\x07 signal 11\n" * 9
        quiet.started(deployments[-1], 5, status="failed", exit_reason=why, terminated_at=NOW)
        slow = NOW - timedelta(minutes=5)
        quiet.started(deployments[-1], 3, status="starting", at=slow)
        with quiet.client() as client:
            status = StatusReader(app).read(client, now=NOW)

        def shown(frame: Frame) -> list[str]:
            return status_lines(
                app, status, endpoint=quiet.endpoint, now=NOW, frame=frame, trouble="away " * 30
            )

        lines = shown(Frame(80, 24))
        assert len(lines) == 24
        assert max(map(len, lines)) == 80
        assert not any(mark in "".join(lines) for mark in ("\x1b", "\x07", "\n"))
        assert any(line.startswith("and ") and line.endswith(" more") for line in lines)
        assert len([line for line in shown(Frame()) if "(older)" in line]) == 22
        assert "\x1b[" in "".join(shown(Frame(80, 24, has_colours=True)))
