"""The image of the tool, built by a real engine on a base of this machine's files, deploys a mounted folder."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import pip
import pytest

from hathora_deploy import __version__
from hathora_deploy.client import HathoraCloud

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from hathora_deploy.cloud.runtime.engine import find_engine, open_client
from tests.cloud.runtime.base_image import base_image_tar, libraries
from tests.end_to_end.games.base_image import imported

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud

# An image of Python, git and the tool takes its time where other tests keep the machine busy.
pytestmark = pytest.mark.timeout(1200)

ROOT = Path(__file__).parents[2]
SENT = ("docker/Dockerfile", "pyproject.toml", "README.md", "LICENSE", "hathora_deploy")
PIP_CONF = b"[global]\nno-index = true\nfind-links = /wheels\n"
SOMEBODY = "12345:12345"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the image of this very source."""
    url, git = find_engine(), shutil.which("git")
    if url is None or git is None:
        pytest.skip("no Docker Engine answers, or there is no git")
    wheels = tmp_path_factory.mktemp("wheels")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check",
         "--wheel-dir", wheels, ROOT, "hatchling"],
        check=True,
    )  # fmt: skip
    for own in wheels.glob("hathora_deploy-*"):
        own.unlink()  # that is what the image is to make
    with imported(_base(Path(git), wheels)) as base, closing(open_client(url)) as engine:
        engine.images.build(
            fileobj=io.BytesIO(_context()),
            custom_context=True,
            dockerfile="docker/Dockerfile",
            buildargs={"BASE": base},
            tag=f"{base}-tool",
            rm=True,
            forcerm=True,
        )
        yield f"{base}-tool"


def _base(git: Path, wheels: Path) -> bytes:
    """This machine's Python, git and pip, with what would come from a package index."""
    archive = io.BytesIO(base_image_tar())
    modules = Path(pip.__file__).parent
    site = f"{sys.base_prefix}/lib/python3.{sys.version_info.minor}/site-packages"
    with tarfile.open(fileobj=archive, mode="a", dereference=True) as root:
        there = {f"/{name}" for name in root.getnames()}
        for file in {git, *libraries(git, *_extensions())}:
            if str(file) not in there:
                root.add(file, arcname=str(file))
        root.add(modules, arcname=f"{site}/pip")
        root.add(wheels, arcname="wheels")
        folder = tarfile.TarInfo("tmp")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
        root.addfile(folder)
        file_info = tarfile.TarInfo("etc/pip.conf")
        file_info.size = len(PIP_CONF)
        root.addfile(file_info, io.BytesIO(PIP_CONF))
    return archive.getvalue()


def _extensions() -> Iterator[Path]:
    """Those of wheels, which take it that a base has the libraries of the compiler."""
    for name in ("pydantic_core", "isal", "zlib_ng"):
        folders = importlib.util.find_spec(name)
        assert folders is not None
        for folder in folders.submodule_search_locations or ():
            yield from Path(folder).glob("*.so")


def _context() -> bytes:
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for name in SENT:
            archive.add(ROOT / name, name, filter=lambda e: None if "__pycache__" in e.name else e)
    return context.getvalue()


def test_it_deploys_a_folder_of_somebody_else_and_writes_reports_as_who_runs_it(
    image: str, local_cloud: RunningCloud, tmp_path: Path
) -> None:
    folder = tmp_path / "arena"
    folder.mkdir()
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY . .\nEXPOSE 7/udp\nCMD ["sh"]\n')
    for words in (
        ("init", "--quiet"),
        ("add", "."),
        ("-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "--message", "1"),
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)
    for entry in (tmp_path, *tmp_path.parents[:1], folder):
        entry.chmod(0o777)
    client = HathoraCloud(local_cloud.token, endpoint=local_cloud.endpoint)
    app = client.apps_v2.create_app(app_name=f"image-{token_hex(4)}", auth_configuration={})
    run = (
        *("docker", "run", "--rm", "--network", "host", "--user", SOMEBODY),
        *("--volume", f"{folder}:/work", "--env", "HATHORA_TOKEN"),
        *("--env", f"HATHORA_CLOUD_ENDPOINT={local_cloud.endpoint}"),
        *("--env", f"HATHORA_APP_ID={app.app_id}", image),
    )
    done = subprocess.run(
        [*run, "deploy", ".", "--report", "junit=deploy.xml", "--output", "json"],
        env={**os.environ, "HATHORA_TOKEN": local_cloud.token.reveal()},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    deployed = json.loads(done.stdout)
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=folder, text=True).strip()
    assert deployed["deployment"]["deploymentTag"] == head
    report = folder / "deploy.xml"
    assert report.stat().st_uid == int(SOMEBODY.partition(":")[0])
    client.apps_v2.delete_app(app_id=app.app_id)
    client.close()


def test_it_is_the_tool_and_runs_it_as_nobody_in_particular(image: str) -> None:
    said = subprocess.check_output(["docker", "run", "--rm", image, "--version"], text=True)
    assert __version__ in said
    with closing(open_client(str(find_engine()))) as engine:
        config = engine.images.get(image).attrs["Config"]
    assert config["User"] == "65532:65532"
    assert not [each for each in config["Env"] if "TOKEN" in each]
