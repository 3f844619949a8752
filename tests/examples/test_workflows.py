"""The action and its example workflows, as the linters of workflows judge them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIGEST = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the action, and the workflows of somebody who has pinned it."""
    folder = tmp_path_factory.mktemp("linted")
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for each in sorted((ROOT / "examples" / "workflows").glob("*.yml")):
        text = each.read_text(encoding="utf-8")
        assert "hathora-deploy/hathora-deploy@v0" in text
        pinned = text.replace("hathora-deploy@v0", f"hathora-deploy@{DIGEST} # v0.1.0")
        (workflows / each.name).write_text(pinned, encoding="utf-8")
    shutil.copy(ROOT / "action.yml", folder)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def judged(folder: Path, name: str, *words: str) -> str:
    """What a linter says; it must find nothing."""
    program = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is missing: make setup installs it")
    done = subprocess.run(
        [program, *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_jactionlint_and_shellcheck_find_nothing(repository: Path) -> None:
    shellcheck = shutil.which("shellcheck", path=str(Path(sys.executable).parent))
    if shellcheck is None:
        pytest.skip("shellcheck is missing: make setup installs it")
    assert not judged(repository, "jactionlint", "--no-color", f"--shellcheck={shellcheck}")
    judged(ROOT, "shellcheck", "github-action/install.sh")


def test_zizmor_finds_nothing_however_closely_it_looks(repository: Path) -> None:
    said = judged(repository, "zizmor", "--offline", "--no-progress", "--persona=pedantic", ".")
    assert "completed ./action.yml" in said
    assert said.count("completed ./.github/workflows/") == 6
