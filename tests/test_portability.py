"""The deploy tool and the client run where the cloud cannot: Windows has none of these modules."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import hathora_deploy

ABSENT = (
    *("fcntl", "grp", "pwd", "resource", "termios"),
    # What only the cloud needs is not installed there.
    *("starlette", "uvicorn", "websockets", "sqlalchemy", "itsdangerous", "psutil", "defusedxml"),
)
CLOUD = "hathora_deploy.cloud"
SETTINGS = {
    CLOUD,
    f"{CLOUD}.archive",
    f"{CLOUD}.archive.limits",
    f"{CLOUD}.errors",
    f"{CLOUD}.hosts",
    f"{CLOUD}.origins",
    f"{CLOUD}.permissions",
    f"{CLOUD}.port_range",
    f"{CLOUD}.rates",
    f"{CLOUD}.region_hosts",
    f"{CLOUD}.setting_options",
    f"{CLOUD}.settings",
    f"{CLOUD}.trusted_proxies",
}
"""What the command line shows of a cloud's settings, wherever it runs."""


def modules() -> list[str]:
    found = pkgutil.walk_packages(hathora_deploy.__path__, "hathora_deploy.")
    return [
        module.name
        for module in found
        if not module.name.startswith(CLOUD) and not module.name.endswith("__main__")
    ]


def test_nothing_outside_the_cloud_imports_what_only_the_cloud_has() -> None:
    program = (
        "import importlib, sys\n"
        f"sys.modules.update(dict.fromkeys({ABSENT!r}))\n"
        f"for name in {modules()!r}: importlib.import_module(name)\n"
        f"loaded = {{name for name in sys.modules if name.startswith({CLOUD!r})}}\n"
        f"assert not loaded - {SETTINGS!r}, loaded\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_the_walk_finds_the_modules_it_is_about() -> None:
    assert {"hathora_deploy.cli.commands", "hathora_deploy.pipeline.upload"} <= set(modules())
