"""What finds out, for each flag, that it has its effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tests.pipeline.proxy import Fault, FaultProxy
from tests.serving import serving

from .conftest import Done, Hathora, Studio
from .table import Way


@dataclass(frozen=True)
class Case:
    """A flag as it is given in some way, for a check to find out that it had its effect."""

    hathora: Hathora
    studio: Studio
    way: Way
    folder: Path

    def run(
        self, line: str, value: str, *, code: int = 0, without: Sequence[str] = (), **variables: str
    ) -> Done:
        """Type a line with the value; ``without`` variables that would do the same."""
        flags, given = self.way.given(value, self.folder)
        gone = dict.fromkeys(without)
        return self.hathora(*line.split(), *flags, code=code, **{**gone, **variables, **given})

    def create(self, value: str, *also: str) -> Any:
        """The deployment that is created with it."""
        needed = {
            "--build-id": self.studio.build_id,
            "--container-port": "7777",
            "--transport-type": "udp",
        }
        own = f"--{self.way.flag}"
        line = " ".join(f"{name} {text}" for name, text in needed.items() if name != own)
        return self.run(f"deployment create {line} -o json {' '.join(also)}", value).json

    @contextmanager
    def broken(self, *faults: Fault) -> Iterator[str]:
        """An endpoint of the cloud that breaks what it is told to."""
        with serving(FaultProxy(self.studio.running.endpoint)) as proxy:
            proxy.faults = [replace(fault) for fault in faults]
            yield proxy.endpoint

    def server(self) -> Path:
        folder = self.folder / "server"
        folder.mkdir()
        (folder / "Dockerfile").write_text("FROM scratch\nCOPY . .\nCMD sleep 60\n")
        (folder / "id").write_text(str(folder))
        return folder


CHECKS: Final[dict[str, Callable[[Case], None]]] = {}


def checks(flag: str) -> Callable[[Callable[[Case], None]], Callable[[Case], None]]:
    """What finds out that a flag has its effect."""

    def add(check: Callable[[Case], None]) -> Callable[[Case], None]:
        CHECKS[flag] = check
        return check

    return add
