"""What a deploy reports while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from pathlib import Path

    from hathora_deploy.api.builds import BuildV3
    from hathora_deploy.api.deployments import DeploymentV3
    from hathora_deploy.api.network import ExposedPort, Region
    from hathora_deploy.pipeline.verification import Verified
    from hathora_deploy.secret import Secret

Hearer = Callable[[int], None]
"""Is told of bytes as they come; which threads tell it, whoever takes one says."""


class Reporter:
    """Hears of each step of a deploy, and shows none: override what is to be shown.

    Upload calls may come from several threads at once.
    """

    def received(self, secrets: Sequence[Secret]) -> None:
        """Upload URLs have come, which nobody is to see: for a log that covers what it is told to."""

    def step(self, name: str) -> None:
        """A step begins that the deploy measures: ``wait``, ``build``, ``deploy``, ``verify``, ``room``."""

    def waiting(self, holder: str, age: timedelta) -> None:
        """Another deploy to the app goes first: ``alice on ci-7``, who began that long ago."""

    def reading(self, folder: Path, revision: str, files: int, total_bytes: int) -> None:
        """It is found out what the files hold; ``revision`` is for people: ``not in git``."""

    def read(self, delta_bytes: int) -> None:
        """Bytes of the context are known, by reading or from an earlier deploy. From several threads."""

    def reused(self, build: BuildV3) -> None:
        """A build of the same content succeeded, and nothing has to be packed and sent."""

    def packaging(self, folder: Path, revision: str, total_bytes: int) -> None:
        """Packing begins; ``revision`` is for people: ``3f9c2ab on main``, ``not in git``."""

    def packing(self, delta_bytes: int) -> None:
        """Bytes of the context were packed."""

    def packed(self, files: int, context_bytes: int, archive_bytes: int) -> None:
        """The archive is complete; its upload may have begun."""

    def uploading(self, total_bytes: int | None) -> None:
        """The upload begins; None where the archive is not packed yet."""

    def uploaded(self, delta_bytes: int) -> None:
        """Bytes were sent; a negative count takes back those of a part that is sent again."""

    def upload_complete(self, total_bytes: int, parts: int) -> None:
        """Every part has arrived."""

    def building(self, build_id: str) -> None:
        """The build runs."""

    def build_line(self, line: str) -> None:
        """A line of the build's log."""

    def built(self, build_id: str) -> None:
        """The build succeeded."""

    def deployed(self, deployment: DeploymentV3) -> None:
        """The deployment exists."""

    def verifying(self, process_id: str, region: Region) -> None:
        """A process of the deployment was started, to find out whether it serves."""

    def answered(self, seconds: float, stay: float) -> None:
        """It has answered, so long after its start; it is to stay up for ``stay`` seconds now."""

    def verified(self, verified: Verified) -> None:
        """It stayed up, too."""

    def room_starting(self, room_id: str, region: Region) -> None:
        """A room was created; its process is starting."""

    def room_running(self, room_id: str, region: Region, address: ExposedPort) -> None:
        """Players can connect."""

    def rolled_back(self, live: DeploymentV3, earlier: DeploymentV3) -> None:
        """``live`` is a new deployment, as ``earlier`` was."""

    def hook(self, point: str, name: str) -> None:
        """A hook runs: ``after-build``, and its command or the name of its function."""

    def hook_line(self, line: str) -> None:
        """A line of its output; that of a function may come from a thread."""

    def hook_succeeded(self, point: str) -> None:
        """It has ended well."""

    def warning(self, message: str) -> None:
        """Something worth knowing that does not stop the deploy."""

    def undoing(self, what: str) -> None:
        """The deploy failed or was interrupted, and takes back what it had begun."""
