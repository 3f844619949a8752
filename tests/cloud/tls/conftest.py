from __future__ import annotations

from pathlib import Path

import pytest

from tests.cloud.runtime.conftest import engine as engine
from tests.cloud.tls.authority import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.found(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def own_authority(tmp_path: Path) -> Authority:
    """One whose files a test may replace."""
    return Authority.found(tmp_path)
