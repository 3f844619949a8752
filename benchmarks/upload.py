"""Wall time of uploading 1 GiB in parts over loopback, next to curl over as many connections."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.deploy import timed
from benchmarks.figures import Figure, in_turn, table
from benchmarks.sink import PART, build_at, sink
from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.settings import UploadSettings
from hathora_deploy.pipeline.upload import upload

ROUNDS = 3
SIZE = 1 << 30
LINKS = (
    ("over a link of 1 Gbit/s", 125e6, 4),
    ("over loopback", None, 1),
    ("over loopback", None, 4),
)
"""What it is called, bytes per second, and connections."""


def run() -> str:
    tables = []
    with tempfile.TemporaryDirectory() as folder:
        archive = make_archive(Path(folder))
        parts = cut(archive, Path(folder))
        for link, rate, count in LINKS:
            with sink(rate) as url:
                samples = in_turn(
                    {
                        "curl": partial(timed, partial(curl, parts, url, count)),
                        "upload": partial(timed, partial(send, archive, url, count)),
                        "md5": partial(timed, partial(md5, parts)),
                    },
                    ROUNDS,
                )
            figures = [
                Figure("curl -T", samples["curl"], "s"),
                Figure("upload, which takes the MD5 of each part", samples["upload"], "s"),
                Figure("the MD5 alone", samples["md5"], "s"),
            ]
            title = f"Upload of 1 GiB in {len(parts)} parts, {count} at once, {link}"
            tables.append(table(title, figures, "goal: at most 1.10 times as long as curl"))
    return "\n\n".join(tables)


def make_archive(folder: Path) -> Archive:
    path = folder / "context.tgz"
    with path.open("wb") as file:
        for _ in range(SIZE // PART):
            file.write(os.urandom(PART))
    return Archive(path, SIZE, digest="")


def cut(archive: Archive, folder: Path) -> list[Path]:
    """The parts as files, which is what curl can send."""
    parts = []
    with archive.path.open("rb") as file:
        while piece := file.read(PART):
            path = folder / f"part-{len(parts) + 1}"
            path.write_bytes(piece)
            parts.append(path)
    return parts


def curl(parts: list[Path], url: str, connections: int) -> None:
    sent = [word for path in parts for word in ("-T", str(path), f"{url}/{path.name}")]
    at_once = ["--parallel", "--parallel-max", str(connections), "--parallel-immediate"]
    command = ["curl", "--silent", "--fail", *(at_once if connections > 1 else []), *sent]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def md5(parts: list[Path]) -> None:
    for path in parts:
        hashlib.md5(path.read_bytes()).hexdigest()


def send(archive: Archive, url: str, connections: int) -> None:
    settings = UploadSettings(most_at_once=connections)
    upload(archive, build_at(url, SIZE), reporter=Reporter(), settings=settings)
