"""The output of many processes in one stream."""

from __future__ import annotations

from hathora_deploy.api import logs
from hathora_deploy.api.limits import TailLines
from hathora_deploy.api.operation import FROM_CLIENT, ByteStream, Operation, Query


class GetLogsForApp(
    Operation[ByteStream],
    method="GET",
    path="/logs/v1/{appId}/all",
    errors=(400, 401, 404, 408, 410, 429, 500),
    successor=logs.GetLogsForProcess,
):
    """Stream the last lines of the processes of an application and, with ``follow``, what comes after."""

    app_id: str = FROM_CLIENT
    follow: Query[bool | None] = None
    tail_lines: Query[TailLines] = 100


class GetLogsForDeployment(
    Operation[ByteStream],
    method="GET",
    path="/logs/v1/{appId}/deployment/{deploymentId}",
    errors=(400, 401, 404, 408, 410, 429, 500),
    successor=logs.GetLogsForProcess,
):
    """Stream the last lines of the processes of a deployment and, with ``follow``, what comes after."""

    deployment_id: int
    app_id: str = FROM_CLIENT
    follow: Query[bool | None] = None
    tail_lines: Query[TailLines] = 100
