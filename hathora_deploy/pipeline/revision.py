"""Which revision is deployed: what a build and a deployment are tagged with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from hathora_deploy.pipeline.errors import UncommittedError
from hathora_deploy.pipeline.pipeline_run import PipelineRun

_SHORT: Final = 7
_NAMED: Final = 3


@dataclass(frozen=True)
class Revision:
    """A commit and where the folder stands to it; without ``sha``, ``note`` says why there is none."""

    sha: str | None = None
    short_sha: str | None = None
    branch: str | None = None
    """None when HEAD is on no branch."""
    changed: tuple[str, ...] = ()
    """Files that git tracks and that are not as the commit has them; paths begin in the folder."""
    untracked: tuple[str, ...] = ()
    """Files that git neither tracks nor ignores; one name may stand for a whole folder, ``maps/``."""
    change: str | None = None
    """The revision of what is not in git: ``p4-12345``."""
    service: str | None = None
    """Whose environment names the revision, where git does not."""
    note: str | None = None
    failure: str | None = None
    """Why git could not be asked, where that may be a surprise."""

    @property
    def is_dirty(self) -> bool:
        return bool(self.changed or self.untracked)

    @property
    def name(self) -> str | None:
        """For people: ``3f9c2ab``, ``p4-12345``."""
        return self.short_sha or self.change

    @property
    def tag(self) -> str | None:
        """The full SHA, or what names the change, marked when it is not all there is."""
        name = self.sha or self.change
        return f"{name}-dirty" if name and self.is_dirty else name

    def __str__(self) -> str:
        if self.name is None:
            return self.note or "no revision"
        place = f" on {self.branch}" if self.branch else " on no branch"
        if self.service:
            place = f"{place if self.branch else ''}, says {self.service}"
        return self.name + place + (", with uncommitted changes" if self.is_dirty else "")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What whoever deploys it should know."""
        if self.failure is not None:
            lack = f"what has changed since {self.name} is not known" if self.name else _NO_TAG
            return (f"{lack}: {self.failure}",)
        if self.is_dirty:
            return (self.lacks((*self.changed, *self.untracked)),)
        return ()

    def lacks(self, files: Sequence[str]) -> str:
        """That these files are not as the revision has them."""
        is_elsewhere = any(name.startswith("../") for name in files)
        place = "the repository" if is_elsewhere else "the folder"
        return f"{place} has changes that are not in {self.name}: {some_of(files)}"


_NO_TAG: Final = "the deployment gets no tag"


def completed(found: Revision, run: PipelineRun | None) -> Revision:
    """What git has found, and what the pipeline says where git has found none.

    The repository that holds the folder is right where they disagree: the pipeline may be one of
    another repository, which has this one as a submodule or has checked it out besides.
    """
    if run is None:
        return found
    if found.sha is None:
        return _said(found, run)
    if found.sha not in (run.sha, run.checkout):
        return found
    branch = found.branch or run.branch
    if run.sha in (None, found.sha):
        return replace(found, branch=branch)
    # A merge that the service has made, which nobody can look up.
    return replace(found, sha=run.sha, short_sha=_short(run.sha), branch=branch)


def require_committed(revision: Revision) -> None:
    """Raises UncommittedError if files that git tracks have changed.

    Those that it does not track are what a pipeline has made, a build say, and it means to deploy them.
    """
    if revision.changed:
        raise UncommittedError(revision.lacks(revision.changed), files=revision.changed)


def some_of(names: Sequence[str]) -> str:
    """``server.py, maps/a.bin, maps/b.bin and 4 more``."""
    more = len(names) - _NAMED
    listed = ", ".join(names[:_NAMED])
    return f"{listed} and {more} more" if more > 0 else listed


def _said(found: Revision, run: PipelineRun) -> Revision:
    if not (run.sha or run.change):
        return found
    return Revision(
        sha=None if run.change else run.sha,
        short_sha=None if run.change else _short(run.sha),
        branch=run.branch,
        change=run.change,
        service=run.service,
        note=f"{found.failure or found.note}; {run.service} names the revision",
        failure=found.failure,
    )


def _short(sha: str | None) -> str | None:
    return sha and sha[:_SHORT]
