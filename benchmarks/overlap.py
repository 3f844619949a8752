"""Wall time of packing and uploading at once, next to each of them alone, over a link that takes as long."""

from __future__ import annotations

import random
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.deploy import timed
from benchmarks.figures import Figure, in_turn, table
from benchmarks.quiet import QuietReporter
from benchmarks.sink import build_at, sink
from hathora_deploy.pipeline.archive import Archive, pack, packing
from hathora_deploy.pipeline.context import BuildContext, read_context
from hathora_deploy.pipeline.upload import upload

ROUNDS = 3
FILES, FILE = 256, 4 << 20


def run() -> str:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        (tree / "Dockerfile").write_text("FROM scratch\nEXPOSE 7777/udp\nCOPY . /\n")
        noise = random.Random(7)
        for number in range(FILES):
            # Six bits of information in each byte: it becomes a quarter smaller.
            text = noise.randbytes(FILE).translate(bytes(value % 64 for value in range(256)))
            (tree / f"{number}.bank").write_bytes(text)
        context = read_context(tree)
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


def _pack(context: BuildContext) -> None:
    with pack(context):
        pass


def _upload(archive: Archive, url: str) -> None:
    upload(archive, build_at(url, archive.size), reporter=QuietReporter())


def _both(context: BuildContext, url: str) -> None:
    with packing(context) as archive:
        upload(archive, build_at(url, archive.bound), reporter=QuietReporter())
