"""What the flags of every command come to: the cloud that is meant, and where to print."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from hathora_deploy.cli.options import TargetSettings
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.progress import LineReporter, reporter
from hathora_deploy.cli.target import Target, reach


@dataclass(frozen=True)
class Session:
    """A command as it runs."""

    target: TargetSettings
    output: Output

    def cloud(self, *, names_local: bool = False) -> AbstractContextManager[Target]:
        """Open the cloud; ``names_local`` says so where it is that of this machine."""
        return reach(self.target, self.output, verbose=names_local)

    def reporter(self, *, hides_upload: bool = False) -> LineReporter:
        """Shows progress on stderr."""
        return _WithoutUpload(self.output) if hides_upload else reporter(self.output)


class _WithoutUpload(LineReporter):
    """Lines, and none while an upload lasts."""

    def uploaded(self, delta_bytes: int) -> None:
        pass
