"""The same folders, ignored by Docker's own code: what arrives in an image is what we keep.

``engine_record.json`` is what BuildKit's walk (fsutil with patternmatcher 0.6.1) keeps for generated ignore files;
``engine_recorder`` makes it. The engines of this machine may be older: they are asked what all versions agree on.
"""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from hathora_deploy.pipeline.context import read_context
from hathora_deploy.pipeline.errors import ContextError

RECORD = json.loads(Path(__file__).with_name("engine_record.json").read_text(encoding="utf-8"))
BUILD_FILES = {"Dockerfile", ".dockerignore"}


def grow(root: Path, paths: Iterable[str]) -> Path:
    """A tree with a Dockerfile; a path that ends with a slash is a folder."""
    for path in paths:
        place = root / path
        (place if path.endswith("/") else place.parent).mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            place.touch()
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /context/\n")
    return root


def kept(tree: Path) -> set[str]:
    return {entry.path for entry in read_context(tree).entries} - BUILD_FILES


@pytest.fixture(scope="module")
def recorded_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if sys.platform == "win32":
        pytest.skip("Windows has no files of such names")
    return grow(tmp_path_factory.mktemp("recorded"), RECORD["tree"])


def test_buildkit_as_recorded_keeps_the_same_of_every_tree(recorded_tree: Path) -> None:
    paths = [path.removesuffix("/") for path in RECORD["tree"]]
    for case in RECORD["cases"]:
        (recorded_tree / ".dockerignore").write_bytes(case["ignore"].encode())
        if not case["kept"]:
            with pytest.raises(ContextError, match=r"\.dockerignore, line \d+"):
                read_context(recorded_tree)
            continue
        expected = {path for path, mark in zip(paths, case["kept"], strict=True) if mark == "1"}
        assert kept(recorded_tree) == expected, case["ignore"]


Build = Callable[[Path], set[str]]


def buildkit(tree: Path) -> set[str]:
    """All that arrives, from the one ``docker`` on the path that has BuildKit."""
    environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
    tried = []
    for folder in os.get_exec_path():
        docker = shutil.which("docker", path=folder)
        if docker:
            command = [docker, "build", "--quiet", "--output", "type=tar,dest=-", str(tree)]
            done = subprocess.run(command, capture_output=True, env=environment)
            if done.returncode == 0:
                return files_in(done.stdout)
            tried.append(f"{docker}: {done.stderr.decode()[-200:]}")
    pytest.skip(f"no docker on the path builds with BuildKit: {tried}")


def classic_builder(tree: Path) -> set[str]:
    docker = shutil.which("docker") or "docker"

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
        exported = subprocess.run([docker, "export", container], capture_output=True, check=True)
    finally:
        if container:
            run("rm", container)
        run("rmi", image)
    return files_in(exported.stdout)


def files_in(image: bytes) -> set[str]:
    with tarfile.open(fileobj=io.BytesIO(image)) as tar:
        names = {member.name.rstrip("/") for member in tar}
    found = {name.removeprefix("context/") for name in names if name.startswith("context/")}
    return found - BUILD_FILES


@pytest.fixture(scope="module", params=[buildkit, classic_builder])
def engine(request: pytest.FixtureRequest) -> Build:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "info"], capture_output=True).returncode != 0:
        pytest.skip("no Docker engine answers here")
    build: Build = request.param
    return build


STEPS = ["a", "b", "ab", "c.d", "*", "?", "a*", "*b", "[ab]", "[^a]", "[a-c]?", "c\\.d"]
FILES = [
    *(f"{x}/{y}/{z}" for x in ("a", "b", "ab") for y in ("a", "b", "c.d") for z in ("a", "ab")),
    *("c.d", "aä", "empty/", "x y", "[ab]", "a-b", "#x"),
]


def generated_lines(chance: random.Random) -> list[str]:
    """What every version of the engine reads alike: ``**`` alone in its place, exceptions spelled out."""

    def glob() -> str:
        steps = [chance.choice(STEPS) for _ in range(chance.randint(1, 3))]
        if chance.random() < 0.4:
            steps.insert(chance.randrange(len(steps)), "**")
        return "/".join(steps) + chance.choice(["", "", "", "/", "/**"])

    lines = [glob() for _ in range(chance.randint(1, 2))]
    if chance.random() < 0.5:
        lines = [chance.choice(["*", "a", "a/*", "[ab]"])]
        lines += [f"!{path}" for path in chance.sample(["a/b", "a/b/ab", "b/c.d", "c.d"], k=2)]
    return lines


def below(number: int, line: str) -> str:
    return f"!case{number}/{line[1:]}" if line.startswith("!") else f"case{number}/{line}"


@pytest.mark.parametrize("seed", [1, 2])
def test_the_engine_keeps_the_same_of_a_hundred_generated_trees(
    engine: Build, tmp_path: Path, seed: int
) -> None:
    """One build: each tree in a folder of its own, with patterns that begin there."""
    chance = random.Random(seed)
    cases = [generated_lines(chance) for _ in range(100)]
    tree = grow(tmp_path, (f"case{n}/{path}" for n in range(len(cases)) for path in FILES))
    lines = [below(number, line) for number, case in enumerate(cases) for line in case]
    (tree / ".dockerignore").write_text("\n".join(lines))
    ours, theirs = kept(tree), engine(tree)
    wrong = {int(path.split("/")[0].removeprefix("case")) for path in ours ^ theirs}
    assert [cases[number] for number in sorted(wrong)] == []


@pytest.mark.parametrize(
    "ignore_file",
    [
        "*\n!game\n",
        "assets\n!assets/maps\nassets/maps/b\n",
        "**/*.log\n**/logs/**\n",
        "ga?e\ngam[!a-f]\n[\\]a]\n[x\\-]\n[^a]b\n",
        "a\\*b\na\\\\\n",
        "\ufeff# all\r\n #game\r\n  assets  \r\n\r\n !game \r\n",
        "/game/\n./catalogs\nlogs/../a.b\n../game\n.\n/\n",
        "*.log\n!x.log/inside\n",
        ".git\n.dockerignore\nDockerfile\n",
        "**\n!Dockerfile\n!assets/a\n",
    ],
)
def test_the_engine_keeps_the_same_files(engine: Build, tmp_path: Path, ignore_file: str) -> None:
    names = ["game", "assets/a", "assets/maps/a", "assets/maps/b", "logs/a.log", "a.b", "catalogs"]
    names += ["x.log/inside", "#game", ".git/HEAD", "zählerß", "empty/inside/", "gae", "gamx", "bb"]
    names += ["]", "-", "a*b", "axb", "a\\", "a/logs/b", "ab"]
    tree = grow(tmp_path, names)
    (tree / ".dockerignore").write_text(ignore_file)
    assert kept(tree) == engine(tree)


def test_the_engine_reads_the_ignore_file_of_the_dockerfile_first(tmp_path: Path) -> None:
    """Only BuildKit knows it; and ours is the Dockerfile of the build, by its usual name."""
    if shutil.which("docker") is None:
        pytest.skip("no Docker engine answers here")
    tree = grow(tmp_path, ["game", "maps"])
    (tree / ".dockerignore").write_text("game\n")
    (tree / "Dockerfile.dockerignore").write_text("maps\n")
    assert kept(tree) == buildkit(tree) == {"game", "Dockerfile.dockerignore"}
