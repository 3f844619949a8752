"""What keeps the cloud of this machine from working, and what keeps a build or process from it.

CloudError
├── CloudStartError         it cannot start: the port is taken, another runs
│   └── UnusableFolder          it cannot keep its state where it is to
├── EngineSilent            the Docker engine does not answer
├── UnreadableForm          a request says that it is a form, and is none
├── BuildFailed             a build cannot go on; message and hint end its log
│   └── ArchiveDamaged          its archive is not whole, or is no archive
├── BuildCancelled          somebody deleted the build while it ran
├── TakenOver               another cloud looks after the process by now
└── ProcessStartFailed      a runtime could not start a process
    └── PortTaken           another program has a port that was chosen for it
"""

from __future__ import annotations

from pathlib import Path

from hathora_deploy.errors import HathoraError


class CloudError(HathoraError):
    """The cloud of this machine cannot do what is asked."""


class CloudStartError(CloudError):
    """The cloud cannot start."""


class UnusableFolder(CloudStartError):
    """The folder of a cloud cannot be used."""

    hint = "see that it is yours and has room, or name another by --data-dir"

    def __init__(self, folder: Path, reason: str | None) -> None:
        super().__init__(f"the cloud's folder {folder} cannot be used: {reason}")


class EngineSilent(CloudError):
    """A Docker engine does not answer, or has stopped in the middle of an answer."""


class UnreadableForm(CloudError):
    """A body that says it is a form, and is none."""


class BuildFailed(CloudError):
    """A build cannot go on; what is wrong and what to do stand in its log."""


class ArchiveDamaged(BuildFailed):
    """An archive that cannot be read."""

    hint = "upload a gzipped tar (.tgz) again; `tar -tzf FILE` shows whether it is whole"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the archive is damaged or cut short: {reason}")


class BuildCancelled(CloudError):
    """A build was deleted while it ran."""


class TakenOver(CloudError):
    """Another cloud of the database has taken this one for dead, and looks after a process."""

    def __init__(self, process_id: str) -> None:
        super().__init__(f"another cloud looks after process {process_id} by now")


class ProcessStartFailed(CloudError):
    """A process could not be started."""


class PortTaken(ProcessStartFailed):
    """A port that was free when it was chosen is not any more."""

    def __init__(self, port: int, transport: str) -> None:
        super().__init__(
            f"port {port} ({transport}) of this machine is taken",
            hint="end what listens on it, then start the process again",
        )
        self.port = port
