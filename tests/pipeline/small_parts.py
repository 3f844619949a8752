"""A cloud whose parts are small, so that small archives have many: ``python -m tests.pipeline.small_parts FOLDER``.

Its clock can be set: each line of its input is by how many seconds it is wrong from then on.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from hathora_deploy.secret import Secret

PART = 16 * 1024
"""Bytes."""


@dataclass(frozen=True)
class SmallPartsCloud:
    """A cloud that runs as a program of its own, and the folder that it keeps things in."""

    endpoint: str
    token: Secret
    folder: Path
    program: subprocess.Popen[str]

    def set_clock(self, seconds: float) -> None:
        """Have its clock wrong by so much."""
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.write(f"{seconds}\n")
        self.program.stdin.flush()
        assert self.program.stdout.readline()

    def archives(self) -> set[Path]:
        return set((self.folder / "archives").iterdir())

    def built(self) -> set[Path]:
        """The folders that builds have made, each with what its game server sees as ``/``."""
        folder = self.folder / "artifacts" / "builds"
        return set(folder.iterdir()) if folder.exists() else set()


@contextmanager
def small_parts_cloud(folder: Path) -> Iterator[SmallPartsCloud]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.pipeline.small_parts", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        endpoint = program.stdout.readline().strip()
        token = Secret((folder / "token").read_text().strip())
        try:
            yield SmallPartsCloud(endpoint, token, folder, program)
        finally:
            program.kill()  # what hangs on purpose it would wait for


def main() -> None:
    from hathora_deploy.cloud import serving
    from hathora_deploy.cloud.app import create_app
    from hathora_deploy.cloud.artifacts.directory import DirectoryArtifacts
    from hathora_deploy.cloud.cloud import Cloud
    from hathora_deploy.cloud.settings import CloudSettings
    from tests.cloud.serving import served

    serving.__dict__["datetime"] = _Clock
    time.time = _Clock.seconds
    cloud = Cloud.open(CloudSettings(data_dir=Path(sys.argv[1]), runtime="process"))
    assert isinstance(cloud.artifacts, DirectoryArtifacts)
    cloud.artifacts.part_size = PART
    cloud.start()
    with served(create_app(cloud)) as endpoint:
        sys.stdout.write(f"{endpoint}\n")
        sys.stdout.flush()
        for line in sys.stdin:
            _Clock.wrong_by = float(line)
            sys.stdout.write("set\n")
            sys.stdout.flush()
    cloud.close()


class _Clock(datetime):
    """That of handlers, and of the signatures in upload URLs."""

    wrong_by = 0.0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a plain one
        return datetime.now(tz) + timedelta(seconds=cls.wrong_by)

    @classmethod
    def seconds(cls, right: Callable[[], float] = time.time) -> float:
        return right() + cls.wrong_by


if __name__ == "__main__":
    main()
