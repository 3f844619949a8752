"""Processes."""

from __future__ import annotations

from hathora_deploy.api import processes
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class ProcessesV3(Resource[ModeT]):
    """Processes."""

    get_processes_count_experimental = call(processes.GetProcessesCountExperimental)
    get_latest_processes = call(processes.GetLatestProcesses)
    get_process_metrics = call(processes.GetProcessMetrics)
    create_process = call(processes.CreateProcess)
    get_process = call(processes.GetProcess)
    stop_process = call(processes.StopProcess)
