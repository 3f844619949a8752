"""Processes, by the first version of the API."""

from __future__ import annotations

from hathora_deploy.api.deprecated import processes_v1
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class ProcessesV1(Resource[ModeT]):
    """Processes, by the first version of the API."""

    get_process_info_deprecated = call(processes_v1.GetProcessInfoDeprecated)
    get_running_processes = call(processes_v1.GetRunningProcesses)
    get_stopped_processes = call(processes_v1.GetStoppedProcesses)
