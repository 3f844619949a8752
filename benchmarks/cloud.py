"""A cloud for a benchmark: its own folder, the process runtime, a free port."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.settings import CloudSettings

EXAMPLE = Path(__file__).parents[1] / "examples" / "coin-rush"
TOOL = (sys.executable, "-m", "hathora_deploy")


@dataclass(frozen=True)
class WarmCloud:
    """A cloud that runs, and the environment in which the tool finds it."""

    pid: int
    endpoint: str
    token: str
    environ: Mapping[str, str]

    def deploy(self, *options: str, folder: Path = EXAMPLE) -> None:
        """Pack, upload, build and deploy a folder, quietly."""
        subprocess.run(
            [*TOOL, str(folder), "--local", "--force", *options],
            env=self.environ,
            check=True,
            capture_output=True,
        )

    def stop_processes(self) -> None:
        subprocess.run(
            [*TOOL, "processes", "stop", "--all"],
            env=self.environ,
            check=True,
            capture_output=True,
        )


@contextmanager
def warm_cloud() -> Iterator[WarmCloud]:
    """A cloud for as long as the ``with`` block lasts."""
    with tempfile.TemporaryDirectory(prefix="hathora-bench-") as folder:
        running = daemon.start(CloudSettings(data_dir=Path(folder), runtime="process", port=0))
        try:
            yield WarmCloud(
                running.pid,
                running.endpoint,
                (Path(folder) / "token").read_text(encoding="utf-8").strip(),
                {"PATH": os.environ["PATH"], "HATHORA_DATA_DIR": folder},
            )
        finally:
            daemon.stop(Path(folder))
