"""Wall time of packing and uploading at once, next to each alone and to packing that does not follow the link."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.deploy import timed
from benchmarks.figures import Figure, in_turn, table
from benchmarks.sink import build_at, sink
from hathora_deploy.pipeline.archive import Archive, pack, packing
from hathora_deploy.pipeline.context import BuildContext, read_context
from hathora_deploy.pipeline.effort import Effort
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.upload import upload

ROUNDS = 3
LINKS = (
    ("over loopback", None),
    ("over a link of 1 Gbit/s", 125e6),
    ("over a link of 200 Mbit/s", 25e6),
)
"""What it is called, and bytes per second."""
ALWAYS_FAST = (Effort.FAST,) * 10_000
"""For more blocks than there are."""


def run() -> str:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "benchmarks.tree", folder], check=True)
        context = read_context(Path(folder))
        _pack(context)  # once, or what reads the disk would be compared with what finds it read
        alone = timed(partial(_pack, context))
        with pack(context) as archive:
            as_fast = ("over a link that takes as long as packing", archive.size / alone)
            links = (LINKS[0], as_fast, *LINKS[1:])
            return "\n\n".join(_at_once(context, archive, *link) for link in links)


def _at_once(context: BuildContext, archive: Archive, link: str, rate: float | None) -> str:
    with sink(rate) as url:
        samples = in_turn(
            {
                "pack": partial(timed, partial(_pack, context)),
                "upload": partial(timed, partial(_upload, archive, url)),
                "fast": partial(timed, partial(_both, context, url, ALWAYS_FAST)),
                "auto": partial(timed, partial(_both, context, url)),
            },
            ROUNDS,
        )
    figures = [
        Figure("packing alone", samples["pack"], "s"),
        Figure("uploading alone", samples["upload"], "s"),
        Figure("both at once, every block packed fast", samples["fast"], "s"),
        Figure("both at once, packed as the link asks for", samples["auto"], "s"),
    ]
    slower = max(figures[0].median, figures[1].median)
    note = f"the last to the slower one alone: {figures[3].median / slower:.2f}; goal: at most 1.15"
    return table(f"Packing and uploading a folder of 1 GiB, {link}", figures, note)


def _pack(context: BuildContext) -> None:
    with pack(context):
        pass


def _upload(archive: Archive, url: str) -> None:
    upload(archive, build_at(url, archive.size), reporter=Reporter())


def _both(context: BuildContext, url: str, efforts: Sequence[Effort] = ()) -> None:
    with packing(context, efforts=efforts) as archive:
        upload(archive, build_at(url, archive.bound), reporter=Reporter())
