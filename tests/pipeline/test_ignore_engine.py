"""The same folder, ignored by the Docker client itself: what arrives in an image is what we keep."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from hathora_deploy.pipeline.context import EntryKind, read_context
from tests.pipeline.test_ignore import SEVERAL_PATTERNS, SINGLE_PATTERNS

FILES = [
    *{path for _, path, _ in (*SINGLE_PATTERNS, *SEVERAL_PATTERNS)},
    *("assets/maps/a/b", "logs/deep/a.log", "x.log/inside", ".git/HEAD"),
]


@pytest.fixture(scope="module")
def docker() -> str:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "info"], capture_output=True).returncode != 0:
        pytest.skip("no Docker engine answers here")
    return docker


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("context")
    parents = {str(parent) for name in FILES for parent in Path(name).parents}
    for name in FILES:
        if name not in parents:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(name)
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /context/\n")
    return root


@pytest.mark.parametrize(
    "ignore_file",
    [
        "*\n!game\n",
        "assets\n!assets/maps\nassets/maps/b\n",
        "**ame\n",
        "**ame*\n",
        "**.log\n**/logs/**\n",
        "a**/*.log\n",
        "gam[!a-f]\n[\\]a]\n[x\\-]\n",
        "a\\*b\na(b)|{c}+$^\n",
        "assets**\n#game\n !game\n",
        "/game/\n./catalogs\nlogs/../a.b\n",
        "*.log\n!x.log/inside\n",
        ".git\n.dockerignore\nDockerfile\n",
    ],
)
def test_the_docker_client_keeps_the_same_files(
    docker: str, tree: Path, tmp_path: Path, ignore_file: str
) -> None:
    (tree / ".dockerignore").write_text(ignore_file)
    assert kept(tree) == kept_by_docker(docker, tree, tmp_path)


def kept(tree: Path) -> set[str]:
    return {
        entry.path
        for entry in read_context(tree).entries
        if entry.kind is EntryKind.FILE and entry.path not in ("Dockerfile", ".dockerignore")
    }


def kept_by_docker(docker: str, tree: Path, home: Path) -> set[str]:
    def run(*arguments: str) -> str:
        environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
        done = subprocess.run(
            [docker, *arguments], capture_output=True, text=True, check=True, env=environment
        )
        return done.stdout.strip().splitlines()[-1]

    image = run("build", "-q", "--no-cache", "--force-rm", str(tree))
    container = ""
    try:
        container = run("create", image, "nothing")
        with (home / "image.tar").open("wb") as file:
            subprocess.run([docker, "export", container], stdout=file, check=True)
    finally:
        if container:
            run("rm", container)
        run("rmi", image)
    with tarfile.open(home / "image.tar") as tar:
        names = {member.name for member in tar if member.isfile()}
    found = {name.removeprefix("context/") for name in names if name.startswith("context/")}
    return found - {"Dockerfile", ".dockerignore"}
