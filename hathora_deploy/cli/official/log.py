"""``hathora log``: the output of a game server."""

from __future__ import annotations

from hathora_deploy.cli.official.session import Session
from hathora_deploy.cli.processes import find_process


def log(session: Session, *, process_id: str, follow: bool, tail_lines: int) -> None:
    with session.cloud() as reached:
        app_id, _ = find_process(reached.cloud, process_id)
        stream = reached.cloud.logs_v1.get_logs_for_process(
            app_id=app_id, process_id=process_id, follow=follow, tail_lines=tail_lines
        )
        with stream:
            session.output.stream(stream)
