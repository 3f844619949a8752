"""Makes the environment of the action, unless the runner has it from an earlier job.

It holds just the packages of ``requirements.txt``, each known by its digest, and hathora-deploy as it is
in the checkout of the action. Nothing of it is on the path of other steps.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parent / "hathora_deploy"
REQUIREMENTS = HERE / "requirements.txt"
INSTALLER = HERE / "installer.txt"
IS_WINDOWS = sys.platform == "win32"
UNUSED = 30 * 24 * 3600.0
"""Seconds."""
SAFE = ("--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:")


def main() -> int:
    try:
        environment = found_or_made()
    except subprocess.CalledProcessError as error:
        print(
            "::error title=The packages of hathora-deploy could not be installed"
            f"::exit code {error.returncode}; the log of this step says why"
        )
        return 1
    except OSError as error:
        print(f"::error title=hathora-deploy could not be installed::{one_line(error)}")
        return 1
    try:
        output = os.environ.get("GITHUB_OUTPUT")
        if output:
            with Path(output).open("a", encoding="utf-8") as file:
                file.write(f"python={python_of(environment)}\n")
    except OSError as error:
        print(f"::error title=GITHUB_OUTPUT cannot be written::{one_line(error)}")
        return 1
    return 0


def one_line(error: OSError) -> str:
    """As the runner reads a message: it may name a path, which may have any character."""
    text = str(error).encode(errors="replace").decode()
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def found_or_made() -> Path:
    """The folder of the environment. Raises CalledProcessError or OSError."""
    home = writable_home()
    environment = home / key()
    if python_of(environment).exists():
        print(f"hathora-deploy is there: {environment}")
        os.utime(environment)
        return environment
    remove_unused(home)
    with tempfile.TemporaryDirectory(dir=home, prefix="new-") as scratch:
        made = Path(scratch, "environment")
        print("::group::Install hathora-deploy", flush=True)
        try:
            make(made)
        finally:  # what the error says is not folded away
            print("::endgroup::", flush=True)
        if environment.exists() and not python_of(environment).exists():
            shutil.rmtree(environment)  # the Python that it was made with is gone
        try:
            made.rename(environment)
        except OSError:
            if not python_of(environment).exists():
                raise
            # Another job of this machine was faster.
    return environment


def remove_unused(home: Path) -> None:
    """Those of versions that no job has used for a long time."""
    for each in home.iterdir():
        with suppress(OSError):  # another job may do the same
            if time.time() - each.stat().st_mtime > UNUSED:
                shutil.rmtree(each)


def make(environment: Path) -> None:
    """Everything it is to have. Raises CalledProcessError or OSError."""
    venv.create(environment, with_pip=False, symlinks=not IS_WINDOWS)
    python = python_of(environment)
    try:
        pip(environment, INSTALLER)
        uv = python.with_name("uv.exe" if IS_WINDOWS else "uv")
        run(
            str(uv),
            "pip",
            "install",
            "--no-progress",
            "--system-certs",  # as pip does: a company's own authority is known to its machines
            "--python",
            str(python),
            *SAFE,
            "-r",
            str(REQUIREMENTS),
        )
    except (subprocess.CalledProcessError, OSError):
        # The other way to the same packages: it knows the settings of pip.
        pip(environment, REQUIREMENTS)
    shutil.copytree(
        SOURCES,
        site_packages(environment) / SOURCES.name,
        ignore=shutil.ignore_patterns("__pycache__"),
    )


def pip(environment: Path, requirements: Path) -> None:
    """Install by the pip of the machine, or else by one that the environment gets."""
    wanted = ("install", "--disable-pip-version-check", "--no-compile", "--progress-bar=off", *SAFE)
    target = ("--python", str(python_of(environment)))
    try:
        run(sys.executable, "-I", "-m", "pip", *target, *wanted, "-r", str(requirements))
    except subprocess.CalledProcessError:
        run(str(python_of(environment)), "-I", "-m", "ensurepip", "--upgrade")
        run(str(python_of(environment)), "-I", "-m", "pip", *wanted, "-r", str(requirements))


def run(*words: str) -> None:
    # Not in the workspace: uv takes settings, such as its cache, from files that a pull request may bring.
    subprocess.run(words, cwd=HERE, check=True)


def writable_home() -> Path:
    """A folder that later jobs on this machine find again, if there is one."""
    for name in ("RUNNER_TOOL_CACHE", "RUNNER_TEMP"):
        if os.environ.get(name):
            home = Path(os.environ[name], "hathora-deploy")
            try:
                home.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=home):
                    return home
            except OSError:
                continue
    return Path(tempfile.mkdtemp(prefix="hathora-deploy-"))


def key() -> str:
    """Names all that the environment depends on."""
    digest = hashlib.sha256()
    for part in parts():
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:16]


def parts() -> Iterator[bytes]:
    yield REQUIREMENTS.read_bytes()
    for path in sorted(SOURCES.rglob("*")):
        if path.is_file() and path.parent.name != "__pycache__":
            yield path.relative_to(SOURCES).as_posix().encode()
            yield path.read_bytes()
    yield from (text.encode() for text in (sys.version, sys.base_prefix, platform.machine()))


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if IS_WINDOWS else "bin/python")


def site_packages(environment: Path) -> Path:
    if IS_WINDOWS:
        return environment / "Lib" / "site-packages"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return environment / "lib" / version / "site-packages"


if __name__ == "__main__":
    sys.exit(main())
