"""A reporter that writes down what it hears."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.network import ExposedPort, Region
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.verification import Verified


class RecordingReporter(Reporter):
    """Everything it heard: ``steps`` in order, upload progress as a sum."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.lines: list[str] = []
        self.warnings: list[str] = []
        self.read_bytes = 0
        self.packed_bytes = 0
        self.total_bytes = 0
        self.sent_bytes = 0
        self._lock = threading.Lock()

    def waiting(self, holder: str, age: timedelta) -> None:
        self.steps.append(f"waiting for {holder}")

    def reading(self, folder: Path, revision: str, files: int, total_bytes: int) -> None:
        self.steps.append("reading")

    def read(self, delta_bytes: int) -> None:
        with self._lock:
            self.read_bytes += delta_bytes

    def reused(self, build: BuildV3) -> None:
        self.steps.append("reused")

    def packaging(self, folder: Path, revision: str, total_bytes: int) -> None:
        self.steps.append("packaging")

    def packing(self, delta_bytes: int) -> None:
        self.packed_bytes += delta_bytes

    def packed(self, files: int, context_bytes: int, archive_bytes: int) -> None:
        self.steps.append("packed")

    def uploading(self, total_bytes: int | None) -> None:
        self.steps.append("uploading")

    def uploaded(self, delta_bytes: int) -> None:
        with self._lock:
            self.sent_bytes += delta_bytes

    def upload_complete(self, total_bytes: int, parts: int) -> None:
        self.steps.append("upload complete")
        self.total_bytes = total_bytes

    def building(self, build_id: str) -> None:
        self.steps.append("building")

    def build_line(self, line: str) -> None:
        self.lines.append(line)

    def built(self, build_id: str) -> None:
        self.steps.append("built")

    def deployed(self, deployment: DeploymentV3) -> None:
        self.steps.append("deployed")

    def verifying(self, process_id: str, region: Region) -> None:
        self.steps.append("verifying")

    def answered(self, seconds: float, stay: float) -> None:
        self.steps.append("answered")

    def verified(self, verified: Verified) -> None:
        self.steps.append("verified")

    def room_starting(self, room_id: str, region: Region) -> None:
        self.steps.append("room starting")

    def room_running(self, room_id: str, region: Region, address: ExposedPort) -> None:
        self.steps.append("room running")

    def rolled_back(self, live: DeploymentV3, earlier: DeploymentV3) -> None:
        self.steps.append("rolled back")

    def hook(self, point: str, name: str) -> None:
        self.steps.append(f"hook {point}")

    def hook_line(self, line: str) -> None:
        self.lines.append(line)

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    def undoing(self, what: str) -> None:
        self.steps.append(f"undoing {what}")
