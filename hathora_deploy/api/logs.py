"""The output of processes."""

from __future__ import annotations

from hathora_deploy.api.limits import TailLines
from hathora_deploy.api.operation import FROM_CLIENT, ByteStream, Operation, Query


class GetLogsForProcess(
    Operation[ByteStream],
    method="GET",
    path="/logs/v1/{appId}/process/{processId}",
    errors=(400, 401, 404, 408, 410, 429, 500),
):
    """Stream the last lines of a process's output and, with ``follow``, what comes after."""

    process_id: str
    app_id: str = FROM_CLIENT
    follow: Query[bool | None] = None
    tail_lines: Query[TailLines] = 100


class DownloadLogForProcess(
    Operation[ByteStream],
    method="GET",
    path="/logs/v1/{appId}/process/{processId}/download",
    errors=(400, 401, 404, 408, 410, 429),
):
    """Get the whole output of a process that has ended."""

    process_id: str
    app_id: str = FROM_CLIENT
