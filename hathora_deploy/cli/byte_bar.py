"""A bar of bytes, which writes sizes as every other line does."""

from __future__ import annotations

from typing import Any, Final

from tqdm import tqdm

from hathora_deploy.cli.text import size

KNOWN: Final = "{desc}  {bar} {done} of {whole} · {speed} · {remaining}"
GROWING: Final = "{desc}  {done} · {speed}"
"""Where the whole is not known yet."""


class ByteBar(tqdm):  # type: ignore[type-arg]  # which is generic for type checkers alone
    """Its format may name ``done``, ``whole`` and ``speed``."""

    @property
    def format_dict(self) -> dict[str, Any]:
        facts = dict(super().format_dict)
        done, elapsed = facts["n"], facts["elapsed"]
        rate = facts["rate"] or (done / elapsed if elapsed else 0)
        sizes = {"done": size(done), "whole": size(facts["total"] or 0), "speed": f"{size(rate)}/s"}
        return {**facts, **sizes}
