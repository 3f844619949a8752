"""The output of processes."""

from __future__ import annotations

from hathora_deploy.api import logs
from hathora_deploy.api.deprecated import logs_v1
from hathora_deploy.client.call import stream_call
from hathora_deploy.client.resource import ModeT, Resource


class LogsV1(Resource[ModeT]):
    """The output of processes."""

    get_logs_for_process = stream_call(logs.GetLogsForProcess)
    download_log_for_process = stream_call(logs.DownloadLogForProcess)
    get_logs_for_app = stream_call(logs_v1.GetLogsForApp)
    get_logs_for_deployment = stream_call(logs_v1.GetLogsForDeployment)
