from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "game").chmod(0o755)
    return folder
