"""LogsV1."""

from __future__ import annotations

from hathora_deploy.api.logs import DownloadLogForProcess, GetLogsForProcess
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers.ownership import find_process
from hathora_deploy.cloud.logs import LogStream


def get_logs_for_process(operation: GetLogsForProcess, call: Call) -> LogStream:
    """With ``follow`` it goes on until the process has ended."""
    with call.cloud.store.read() as connection:
        process = find_process(connection, call, operation.app_id, operation.process_id)
    return call.cloud.logs.tail(process, operation.tail_lines, follow=bool(operation.follow))


def download_log_for_process(operation: DownloadLogForProcess, call: Call) -> LogStream:
    with call.cloud.store.read() as connection:
        process = find_process(connection, call, operation.app_id, operation.process_id)
    return call.cloud.logs.whole(process)
