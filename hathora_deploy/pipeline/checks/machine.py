"""What this machine is."""

from __future__ import annotations

import platform

from hathora_deploy import __version__
from hathora_deploy.pipeline.checks.finding import Finding

ABOUT = "machine"


def check_machine() -> Finding:
    """Only told: what is not good enough could not run this."""
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    python = platform.python_version()
    return Finding.ok(ABOUT, f"hathora-deploy {__version__} on Python {python}, {system}")
