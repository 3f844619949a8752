"""A process of a new deployment, looked at while something is expected of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.errors import ProcessFailedError
from hathora_deploy.pipeline.patience import Patience

_FATE: Final = {
    ProcessStatus.STOPPING: "been stopped",
    ProcessStatus.STOPPED: "stopped",
    ProcessStatus.FAILED: "failed",
}
_LOG_LINES: Final = 20


@dataclass(frozen=True)
class WatchedProcess:
    """A process of a deployment; what becomes of it is an error of the class ``failure``."""

    cloud: HathoraCloud
    deployment: DeploymentV3
    process_id: str
    failure: type[ProcessFailedError]
    patience: Patience
    """With a cloud that does not show it."""

    def look(self) -> ProcessV3:
        """The process as it is. Raises ``failure`` if it has ended."""
        process = self.cloud.processes_v3.get_process(process_id=self.process_id)
        if process.status in _FATE:
            raise self._failed(
                f"has {_FATE[process.status]}", self._duty, process.summary_exit_reason
            )
        return process

    def failed(self, what: str) -> ProcessFailedError:
        """The error of one that still runs."""
        return self._failed(what, self._duty)

    def unanswered(self, what: str, said: tuple[str, ...]) -> ProcessFailedError:
        """The error of one that has bound; ``said`` is the output of the command that found out."""
        lines = "".join(f"\n  > {line}" for line in said)
        return self._failed(
            what + lines, "it runs and has bound its port: see whether the probe fits it"
        )

    @property
    def _duty(self) -> str:
        port = self.deployment.default_container_port
        return (
            f"the game server must listen on port {port.port} ({port.transport_type}), as EXPOSE or a "
            "setting says, and stay up"
        )

    def _failed(self, what: str, advice: str, reason: str | None = None) -> ProcessFailedError:
        deployment_id = self.deployment.deployment_id
        return self.failure(
            f"process {self.process_id} of deployment {deployment_id} {what}"
            + (f": {reason}" if reason else ""),
            deployment_id=deployment_id,
            process_id=self.process_id,
            exit_reason=reason,
            log=self._last_lines(),
            hint=f"{advice}; its output: `hathora-deploy logs {self.process_id}`",
        )

    def _last_lines(self) -> tuple[str, ...]:
        try:
            with self.cloud.logs_v1.get_logs_for_process(
                process_id=self.process_id, tail_lines=_LOG_LINES
            ) as stream:
                return tuple(stream.lines())
        except HathoraError:
            return ()  # why the process failed matters more than why its log cannot be had


def stop_unless_used(cloud: HathoraCloud, process_id: str) -> bool:
    """Stop a process, if it has not ended, unless somebody's room is in it: then it is False."""
    process = cloud.processes_v3.get_process(process_id=process_id)
    if process.status in _FATE:
        return True
    if process.rooms_allocated == 0:
        cloud.processes_v3.stop_process(process_id=process_id)
        return True
    return False
