"""Whether what is deployed can be told from its tag."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from hathora_deploy.pipeline.checks.finding import Finding
from hathora_deploy.pipeline.git_revision import read_revision
from hathora_deploy.pipeline.pipeline_run import find_run
from hathora_deploy.pipeline.revision import completed

ABOUT = "git"


def check_revision(folder: Path, *, environment: Mapping[str, str], timeout: float) -> Finding:
    """A warning where the tag would be none, or not all there is."""
    revision = completed(read_revision(folder, timeout=timeout), find_run(environment))
    place = f"git -C {shlex.quote(str(folder))}"
    if revision.warnings:
        return Finding.warning(ABOUT, "; ".join(revision.warnings), f"{place} status")
    if revision.tag is None:
        fix = f"{place} init" if revision.note == "not in git" else f"{place} commit"
        return Finding.warning(ABOUT, f"{revision}: the deployment gets no tag", fix)
    return Finding.ok(ABOUT, str(revision))
