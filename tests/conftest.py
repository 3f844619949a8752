"""What tests of several packages share."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud
    from tests.postgresql import Server


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A real cloud in the background, on the process runtime and a folder of its own."""
    if sys.platform == "win32":
        pytest.skip("the cloud runs on Linux and macOS")
    from hathora_deploy.cloud import daemon
    from hathora_deploy.cloud.settings import CloudSettings

    data_dir = tmp_path_factory.mktemp("local-cloud") / "cloud"
    running = daemon.start(CloudSettings(data_dir=data_dir, runtime="process", port=0))
    yield running
    daemon.stop(data_dir)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A real PostgreSQL server."""
    from tests.postgresql import postgresql

    # Not among the folders of pytest: only their owner may enter those, and the server runs as another.
    folder = Path(tempfile.mkdtemp(prefix="hathora-postgresql-"))
    folder.chmod(0o755)
    try:
        with postgresql(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder)


def pytest_configure() -> None:
    """A shell that starts the tests in the background has SIGINT ignored, and programs inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Programs under test are to buffer what they print as those of a user do.
    os.environ.pop("PYTHONUNBUFFERED", None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything is installed that the tests need, a skipped one is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("HATHORA_FAIL_ON_SKIP") and reporter and reporter.stats.get("skipped"):
        reporter.write_line("\nHATHORA_FAIL_ON_SKIP is set, and tests were skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
