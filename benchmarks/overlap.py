"""Wall time of packing and uploading at once: next to each alone, and to packing that does not follow the link."""

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
        return "\n\n".join([_next_to_each(context), *_next_to_the_same_effort(context)])


def _next_to_each(context: BuildContext) -> str:
    packed_alone = timed(partial(_pack, context))
    with pack(context) as archive, sink(archive.size / packed_alone) as url:
        samples = in_turn(
            {
                "pack": partial(timed, partial(_pack, context)),
                "upload": partial(timed, partial(_upload, archive, url)),
                "both": partial(timed, partial(_both, context, url)),
            },
            ROUNDS,
        )
    figures = [
        Figure("packing alone", samples["pack"], "s"),
        Figure("uploading alone", samples["upload"], "s"),
        Figure("both at once", samples["both"], "s"),
    ]
    ratio = figures[2].median / max(figures[0].median, figures[1].median)
    note = f"both to the slower one: {ratio:.2f}; goal: at most 1.15"
    return table("Packing and uploading a folder of 1 GiB", figures, note)


def _next_to_the_same_effort(context: BuildContext) -> list[str]:
    tables = []
    for link, rate in LINKS:
        with sink(rate) as url:
            samples = in_turn(
                {
                    "fast": partial(timed, partial(_both, context, url, ALWAYS_FAST)),
                    "auto": partial(timed, partial(_both, context, url)),
                },
                ROUNDS,
            )
        figures = [
            Figure("the fast effort for every block", samples["fast"], "s"),
            Figure("the effort that the link asks for", samples["auto"], "s"),
        ]
        title = f"Packing and uploading a folder of 1 GiB at once, {link}"
        tables.append(table(title, figures, "goal: at most 1.00"))
    return tables


def _pack(context: BuildContext) -> None:
    with pack(context):
        pass


def _upload(archive: Archive, url: str) -> None:
    upload(archive, build_at(url, archive.size), reporter=Reporter())


def _both(context: BuildContext, url: str, efforts: Sequence[Effort] = ()) -> None:
    with packing(context, efforts=efforts) as archive:
        upload(archive, build_at(url, archive.bound), reporter=Reporter())
