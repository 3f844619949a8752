"""A Docker engine of a test's own, to be killed and started again: in a folder and a network of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from hathora_deploy.cloud.runtime.engine import answers

_PATIENCE = 60.0


class OwnEngine:
    """Starts dockerd, and another on the same folder after it has ended."""

    def __init__(self, folder: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root starts a Docker engine")
        self._network = f"hathora-test-{os.getpid()}"
        for program in ("dockerd", "ip", "nsenter"):
            if shutil.which(program) is None:
                pytest.skip(f"{program} is not installed")
        self.url = f"unix://{folder}/engine.sock"
        self._folder = folder
        self._program: subprocess.Popen[bytes] | None = None
        subprocess.run(["ip", "netns", "add", self._network], check=True)

    def start(self) -> None:
        """Unless it runs: a test may have failed before it could start it again."""
        if self._program is not None:
            return
        (self._folder / "engine.json").write_text("{}")
        (self._folder / "engine.pid").unlink(missing_ok=True)
        with (self._folder / "engine.log").open("ab") as log:
            # In this machine's network it would take away the bridge of the engine that others use.
            self._program = subprocess.Popen(
                [
                    *("nsenter", f"--net=/run/netns/{self._network}", "dockerd"),
                    *("--data-root", self._folder / "data"),
                    *("--exec-root", self._folder / "exec"),
                    *("--pidfile", self._folder / "engine.pid"),
                    *("--config-file", self._folder / "engine.json"),
                    *("--host", self.url),
                ],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _PATIENCE
        while not answers(self.url):
            assert self._program.poll() is None, self._last_words()
            assert time.monotonic() < deadline, self._last_words()
            time.sleep(0.1)

    def kill(self) -> None:
        """End it as a crash of the machine's does: its containers know nothing of it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, which ends its containers."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._program is not None:
            program, self._program = self._program, None
            helpers = psutil.Process(program.pid).children() if program.poll() is None else []
            program.send_signal(number)
            program.wait(_PATIENCE)
            # The next would take containerd for alive while it ends.
            psutil.wait_procs(helpers, _PATIENCE)

    def close(self) -> None:
        self.stop()
        subprocess.run(["ip", "netns", "delete", self._network], check=True)
        mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for place in reversed(mounted):  # one that was killed leaves its own
            if place.startswith(f"{self._folder}/"):
                subprocess.run(["umount", "--lazy", place], check=True)

    def _last_words(self) -> str:
        return (self._folder / "engine.log").read_text()[-3000:]
