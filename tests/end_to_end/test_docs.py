"""What the documents show is run: Python as it stands, commands as far as they can be told right."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import pytest

from .conftest import EXAMPLE, OwnCloud

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "api.md"
"""Its examples go on from its first lines, and tests/api/test_reference.py runs them."""
DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    document: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    return [
        Block(document, text.count("\n", 0, found.start()) + 1, found[1], found[2])
        for document in DOCUMENTS
        for text in [document.read_text(encoding="utf-8")]
        for found in BLOCK.finditer(text)
        if found[1] in languages
    ]


def commands() -> list[tuple[Block, str]]:
    """The lines of transcripts that somebody types."""
    return [
        (block, line.removeprefix("$ "))
        for block in blocks("console")
        for line in block.text.splitlines()
        if line.startswith("$ ")
    ]


@pytest.fixture(scope="module")
def deployed(shared_cloud: OwnCloud) -> OwnCloud:
    """A cloud on which the example is deployed."""
    shared_cloud.tool.ok(EXAMPLE)
    return shared_cloud


@pytest.fixture(scope="module")
def environ(deployed: OwnCloud) -> dict[str, str]:
    """What the programs in the documents take from their environment."""
    apps = deployed.client().apps_v2.get_apps().applications
    (app_id,) = (app.app_id for app in apps if app.app_name == EXAMPLE.name)
    return {
        "PATH": os.environ["PATH"],
        "HATHORA_CLOUD_ENDPOINT": deployed.endpoint,
        "HATHORA_TOKEN": deployed.token,
        "HATHORA_APP_ID": app_id,
    }


@pytest.mark.parametrize(
    "block", [block for block in blocks("python") if block.document != REFERENCE], ids=str
)
def test_python_in_the_documents_runs(
    block: Block, environ: dict[str, str], tmp_path: Path
) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "server")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block.text],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", blocks("javascript"), ids=str)
def test_javascript_in_the_documents_runs(
    block: Block, environ: dict[str, str], tmp_path: Path
) -> None:
    sdk = os.environ.get("HATHORA_TS_SDK")
    if not sdk or shutil.which("node") is None:
        pytest.skip("HATHORA_TS_SDK names no folder with the SDK, or node is missing")
    (tmp_path / "node_modules").symlink_to(Path(sdk) / "node_modules")
    (tmp_path / "block.mjs").write_text(block.text, encoding="utf-8")
    done = subprocess.run(
        ["node", "block.mjs"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("block", "command"), commands(), ids=str)
def test_a_command_in_the_documents_exists_with_its_options(block: Block, command: str) -> None:
    words = shlex.split(command.partition(" | ")[0], comments=True)
    if words[0] != "hathora-deploy":
        assert is_known(words), f"{block}: {command}"
        return
    path = list(takewhile(lambda word: re.fullmatch(r"[a-z]+", word), words[1:4]))
    done = subprocess.run(
        [sys.executable, "-m", "hathora_deploy", *(path or ["deploy"]), "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{block}: {command}\n{done.stderr}"
    for option in (word.partition("=")[0] for word in words if word.startswith("-")):
        assert re.search(rf"(^|[\s,]){option}\b", done.stdout), f"{block}: no {option} in {path}"


_OFFICIAL = {"hathora", "hathora-cloud"}
"""Their commands and options are those of a table, which tests/cli/official/ goes through."""
_TOOLS = {"cd", "createdb", "curl", "docker", "export", "git", "node", "npm", "pip", "python3"}


def is_known(words: list[str]) -> bool:
    """Whether a command of another program is one that this project stands by."""
    if words[0] == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        return all(f"\n{target}:" in makefile for target in words[1:])
    return words[0] in {*_TOOLS, *_OFFICIAL, ".venv/bin/python"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_links_of_a_document_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), f"{document.name} links to {target}"
