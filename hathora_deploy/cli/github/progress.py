"""A deploy in the log of a workflow: a folded group for each step, warnings on the page of the run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hathora_deploy.cli.github.masks import forms_of_url
from hathora_deploy.cli.github.output import WorkflowOutput
from hathora_deploy.cli.progress import LineReporter
from hathora_deploy.cli.text import short_tag

if TYPE_CHECKING:
    from hathora_deploy.api.builds import BuildV3
    from hathora_deploy.api.deployments import DeploymentV3
    from hathora_deploy.api.network import Region
    from hathora_deploy.pipeline.verification import Verified
    from hathora_deploy.secret import Secret


class GroupReporter(LineReporter):
    """The lines of a deploy, in groups; what it comes to know stands in the facts of the output."""

    def __init__(self, output: WorkflowOutput) -> None:
        super().__init__(output)
        self._workflow = output
        self._facts = output.known

    def received(self, secrets: Sequence[Secret]) -> None:
        for each in secrets:
            self._workflow.mask(forms_of_url(each.reveal()))

    def waiting(self, holder: str, age: timedelta) -> None:
        self._workflow.group("Wait for another deploy")
        super().waiting(holder, age)

    def reading(self, folder: Path, revision: str, files: int, total_bytes: int) -> None:
        self._workflow.group(f"Package {folder}")
        super().reading(folder, revision, files, total_bytes)

    def packaging(self, folder: Path, revision: str, total_bytes: int) -> None:
        self._workflow.group(f"Package {folder}")
        super().packaging(folder, revision, total_bytes)

    def reused(self, build: BuildV3) -> None:
        self._facts.build_id, self._facts.is_reused = build.build_id, True
        self._facts.build_status, self._facts.build_tag = str(build.status), build.build_tag
        super().reused(build)

    def packed(self, files: int, context_bytes: int, archive_bytes: int) -> None:
        self._facts.archive_bytes = archive_bytes
        super().packed(files, context_bytes, archive_bytes)

    def uploading(self, total_bytes: int | None) -> None:
        # Where packing goes on meanwhile, that is told here, too.
        self._workflow.group("Upload")
        super().uploading(total_bytes)

    def building(self, build_id: str) -> None:
        self._facts.build_id, self._facts.build_status = build_id, "running"
        self._workflow.group(f"Build {build_id}")
        super().building(build_id)

    def build_line(self, line: str) -> None:
        self._silence.news()
        self._facts.build_log.append(line)
        self._workflow.quote(line)

    def built(self, build_id: str) -> None:
        self._facts.build_status = "succeeded"

    def deployed(self, deployment: DeploymentV3) -> None:
        self._facts.deployment_id = deployment.deployment_id
        self._facts.build_tag = deployment.build_tag
        self._workflow.group(f"Deploy {short_tag(deployment.deployment_tag or '')}".rstrip())
        super().deployed(deployment)

    def verifying(self, process_id: str, region: Region) -> None:
        self._workflow.group(f"Verify in {region}")
        super().verifying(process_id, region)

    def verified(self, verified: Verified) -> None:
        self._facts.is_verified = True
        super().verified(verified)

    def room_starting(self, room_id: str, region: Region) -> None:
        self._workflow.group(f"Room in {region}")
        super().room_starting(room_id, region)

    def rolled_back(self, live: DeploymentV3, earlier: DeploymentV3) -> None:
        self._facts.live_id = live.deployment_id
        self._facts.restored_id = earlier.deployment_id
        self._workflow.group("Roll back")
        super().rolled_back(live, earlier)

    def hook(self, point: str, name: str) -> None:
        self._workflow.group(f"Hook {point}")
        super().hook(point, name)

    def hook_line(self, line: str) -> None:
        self._workflow.quote(line)

    def warning(self, message: str) -> None:
        self._workflow.annotate("warning", message)

    def close(self) -> None:
        self._workflow.end_group()
