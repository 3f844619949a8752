"""LogsV1."""

from __future__ import annotations

from hathora_deploy.api.errors import Gone
from hathora_deploy.api.logs import DownloadLogForProcess, GetLogsForProcess
from hathora_deploy.cloud import private
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import find_process
from hathora_deploy.cloud.logs import LogStream, tail_offset
from hathora_deploy.cloud.state import processes
from hathora_deploy.cloud.state.processes import ProcessRecord


def get_logs_for_process(operation: GetLogsForProcess, call: Call) -> LogStream:
    """With ``follow`` it goes on until the process has ended."""
    process = _find(operation.app_id, operation.process_id, call)
    path = call.cloud.settings.process_log(process.process_id)
    start = tail_offset(path, operation.tail_lines)
    if not operation.follow:
        return LogStream(path, start=start)
    store = call.cloud.store

    def has_ended() -> bool:
        with store.read() as connection:
            now = processes.get(connection, process.process_id)
        return now is None or now.has_ended

    return LogStream(path, start=start, has_ended=has_ended)


def download_log_for_process(operation: DownloadLogForProcess, call: Call) -> LogStream:
    process = _find(operation.app_id, operation.process_id, call)
    return LogStream(call.cloud.settings.process_log(process.process_id))


def _find(app_id: str, process_id: str, call: Call) -> ProcessRecord:
    with call.cloud.store.read() as connection:
        process = find_process(connection, call, app_id, process_id)
    path = call.cloud.settings.process_log(process_id)
    if not path.exists():
        if process.has_ended:
            raise Gone(f"the log of process {process_id} is not kept any more")
        # Asked for a moment ago: it has written nothing yet.
        private.make_folder(path.parent)
        private.create(path)
    return process
