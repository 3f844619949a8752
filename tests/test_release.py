"""A release: its tag, its text, and what is built of the sources."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

import hathora_deploy

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / ".github" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    (tmp_path / "hathora_deploy").mkdir()
    (tmp_path / "hathora_deploy" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n- later\n\n## [1.2.3] - 2026-11-22\n\n### Added\n\n- this\n"
        "\n## [1.2.2] - 2026-11-01\n\n- before\n\n## [1.2.1] - 2026-10-01\n\n"
    )
    return tmp_path


def test_a_tag_of_the_sources_may_be_released(release: ModuleType, sources: Path) -> None:
    release.check(sources, "v1.2.3")
    assert release.notes(sources, "v1.2.3") == "### Added\n\n- this"
    assert release.major_of("v1.2.3") == "v1"


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("1.2.3", "no tag of a release"),
        ("v1.2", "no tag of a release"),
        ("v1.2.3-rc1", "no tag of a release"),
        ("v1.2.3\n", "no tag of a release"),
        ("v1.2.2", "says 1.2.3"),
    ],
)
def test_a_tag_of_anything_else_is_refused(
    release: ModuleType, sources: Path, tag: str, message: str
) -> None:
    with pytest.raises(SystemExit, match=message):
        release.check(sources, tag)


def test_a_version_of_which_the_changelog_says_nothing_is_refused(
    release: ModuleType, sources: Path
) -> None:
    for tag in ("v1.2.1", "v9.0.0"):
        with pytest.raises(SystemExit, match="has no section"):
            release.notes(sources, tag)


def test_the_sources_say_one_version(release: ModuleType) -> None:
    assert release.source_version(ROOT) == hathora_deploy.__version__


def test_what_is_built_is_whole_installs_and_runs(tmp_path: Path) -> None:
    """Without the network: the programs that build stand in this environment."""
    dist = tmp_path / "dist"
    build = ["-m", "build", "--no-isolation", "--outdir", str(dist), str(ROOT)]
    _python(*build, cwd=tmp_path)
    (wheel,), (sdist,) = list(dist.glob("*.whl")), list(dist.glob("*.tar.gz"))
    _python("-m", "twine", "check", "--strict", str(wheel), str(sdist), cwd=tmp_path)

    packaged = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    own = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "hathora_deploy").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packaged == own
    with tarfile.open(sdist) as archive:
        top = {name.split("/")[1] for name in archive.getnames()}
    assert top == {
        *("hathora_deploy", "pyproject.toml", "PKG-INFO", ".gitignore"),
        *("CHANGELOG.md", "LICENSE", "README.md"),
    }

    home = tmp_path / "installed"
    _python(
        *("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(home)),
        str(wheel),
        cwd=tmp_path,
    )
    version = _python("-m", "hathora_deploy", "--version", cwd=home)
    assert version.split()[-1] == hathora_deploy.__version__


def _python(*words: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
