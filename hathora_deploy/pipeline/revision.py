"""Which revision a folder is at: what a deployment made from it is tagged with."""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import git


_MARK: Final = ".git"
"""What the folder of a repository holds: a folder, or a file that says where it is."""


@dataclass(frozen=True)
class Revision:
    """A commit and where the folder stands to it; without ``sha``, ``note`` says why there is none."""

    sha: str | None = None
    short_sha: str | None = None
    branch: str | None = None
    """None when HEAD is on no branch."""
    is_dirty: bool = False
    """Whether files below the folder were changed, added or removed since the commit."""
    note: str | None = None
    warning: str | None = None
    """What is wrong, when the lack of a revision may be a surprise."""

    @property
    def tag(self) -> str | None:
        """The full SHA, marked when it is not all there is."""
        return f"{self.sha}-dirty" if self.sha and self.is_dirty else self.sha

    def __str__(self) -> str:
        if self.short_sha is None:
            return self.note or "no revision"
        place = f"on {self.branch}" if self.branch else "on no branch"
        return f"{self.short_sha} {place}" + (", with uncommitted changes" if self.is_dirty else "")


def read_revision(folder: Path) -> Revision:
    """Ask git. A folder outside git, or a git that does not work, is no error: the note says so."""
    home = folder.resolve()
    marks = [place / _MARK for place in (home, *home.parents)]
    mark = next((mark for mark in marks if os.path.lexists(mark)), None)
    if mark is None:
        return Revision(note="not in git")
    try:
        import git  # only now, for it takes a while
    except (ImportError, OSError):  # GitPython tries the binary when it is imported
        return _without_git("git is missing or broken")
    try:
        with git.Repo(home, search_parent_directories=True) as repository:
            return _read(repository, home)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        return _without_git(f"{mark} is not a repository")
    except git.GitCommandNotFound:
        return _without_git("git is missing or broken")
    except git.GitCommandError as error:
        return _without_git(f"git refused: {_said(error)}")
    except (OSError, ValueError, configparser.Error) as error:
        return _without_git(f"the repository cannot be read: {error}")


def _read(repository: git.Repo, folder: Path) -> Revision:
    root = repository.working_tree_dir
    if root is None:
        return Revision(note="not in git: a bare repository")
    # No optional locks: reading a status must not disturb a git that works beside us.
    repository.git.update_environment(GIT_OPTIONAL_LOCKS="0", GIT_LITERAL_PATHSPECS="1", LC_ALL="C")
    inside = folder.relative_to(Path(root).resolve()).as_posix()
    changes = repository.git.status("--porcelain", "-z", "--", inside)
    branch = _optional(repository, "symbolic-ref", "--quiet", "--short", "HEAD")
    sha = _optional(repository, "rev-parse", "--verify", "--quiet", "HEAD")
    if sha is None:
        return Revision(branch=branch, note="in git, without a commit")
    short = repository.git.rev_parse("--short=7", "HEAD")
    return Revision(sha, short, branch, is_dirty=bool(changes))


def _optional(repository: git.Repo, *command: str) -> str | None:
    """What git prints; None when it says quietly, by status 1, that there is nothing."""
    line = [repository.git.GIT_PYTHON_GIT_EXECUTABLE or "git", *command]
    status, printed, said = repository.git.execute(
        line, with_extended_output=True, with_exceptions=False
    )
    if status == 0:
        return str(printed)
    if status == 1 and not said:
        return None
    import git

    raise git.GitCommandError(line, status, said)


def _said(error: git.GitCommandError) -> str:
    text = error.stderr.strip().removeprefix("stderr:").strip().strip("'")
    return " ".join(text.split()) or f"exit status {error.status}"


def _without_git(why: str) -> Revision:
    return Revision(note=f"no revision: {why}", warning=f"the deployment gets no tag: {why}")
