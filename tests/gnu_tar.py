"""GNU tar, the peer that archives are held against."""

from __future__ import annotations

import shutil
import subprocess

import pytest


def _is_here() -> bool:
    if shutil.which("tar") is None:
        return False
    return "GNU tar" in subprocess.run(["tar", "--version"], capture_output=True, text=True).stdout


needs_gnu_tar = pytest.mark.skipif(
    not _is_here(), reason="tar is missing, or is another than GNU's: apt-get install tar"
)
