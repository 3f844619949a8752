"""Processes whose deployments are known by a number."""

from __future__ import annotations

from hathora_deploy.api.deprecated import processes_v2
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class ProcessesV2(Resource[ModeT]):
    """Processes whose deployments are known by a number."""

    get_processes_count_experimental_v2_deprecated = call(
        processes_v2.GetProcessesCountExperimentalV2Deprecated
    )
    create_process_v2_deprecated = call(processes_v2.CreateProcessV2Deprecated)
    get_process_info_v2_deprecated = call(processes_v2.GetProcessInfoV2Deprecated)
    get_latest_processes_v2_deprecated = call(processes_v2.GetLatestProcessesV2Deprecated)
    stop_process_v2_deprecated = call(processes_v2.StopProcessV2Deprecated)
