"""What git knows of a folder: its commit, and what has changed since."""

from __future__ import annotations

import configparser
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hathora_deploy.pipeline.revision import Revision

if TYPE_CHECKING:
    import git


GIT_TIMEOUT: Final = 300.0
_MARK: Final = ".git"
"""What the folder of a repository holds: a folder, or a file that says where it is."""
_UNTRACKED: Final = "?? "


def read_revision(folder: Path, *, timeout: float = GIT_TIMEOUT) -> Revision:
    """Ask git. A folder outside git, or a git that does not work, is no error: the note says so.

    ``timeout`` seconds are for each question, where GitPython can end one: a folder of a network may not answer.
    """
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
        # Never what lies below the mark: folders that somebody has committed may make up a bare repository,
        # whose settings have git run commands of theirs.
        with git.Repo(mark.parent, search_parent_directories=True) as repository:
            return _read(_Git(repository, timeout), home)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        return _without_git(f"{mark} is not a repository")
    except git.GitCommandNotFound:
        return _without_git("git is missing or broken")
    except git.GitCommandError as error:
        return _without_git(f"git refused: {_said(error)}")
    except (OSError, ValueError, configparser.Error) as error:
        return _without_git(f"the repository cannot be read: {error}")


def _read(asked: _Git, folder: Path) -> Revision:
    repository = asked.repository
    if repository.working_tree_dir is None:
        return Revision(note="not in git: a bare repository")
    root = Path(repository.working_tree_dir).resolve()
    # No optional locks: reading a status must not disturb a git that works beside us.
    repository.git.update_environment(GIT_OPTIONAL_LOCKS="0", GIT_LITERAL_PATHSPECS="1", LC_ALL="C")
    branch = asked.optional("symbolic-ref", "--quiet", "--short", "HEAD")
    sha = asked.optional("rev-parse", "--verify", "--quiet", "HEAD")
    if sha is None:
        return Revision(branch=branch, note="in git, without a commit")
    inside = folder.relative_to(root).as_posix()
    status = asked.status("normal", inside)
    if not asked.is_tracked(inside):
        # What a build has made is as old as its sources, which lie elsewhere in the repository.
        status += [line for line in asked.status("no", ".") if line not in status]
    paths = [(line[:3], _from(folder, root / line[3:], line)) for line in status]
    return Revision(
        sha,
        asked.optional("rev-parse", "--short=7", "HEAD"),
        branch,
        changed=tuple(path for state, path in paths if state != _UNTRACKED),
        untracked=tuple(path for state, path in paths if state == _UNTRACKED),
    )


@dataclass(frozen=True)
class _Git:
    """Git, which is asked about a repository; ``timeout`` seconds are for each question."""

    repository: git.Repo
    timeout: float

    def status(self, untracked: str, place: str) -> list[str]:
        """Two letters and a path that begins at the root: `` M server/game.py``, ``?? server/maps/``."""
        printed = self.repository.git.status(
            "--porcelain",
            "-z",
            "--no-renames",
            f"--untracked-files={untracked}",
            "--ignore-submodules=untracked",
            "--",
            place,
            **self._limit,
        )
        return [line for line in printed.split("\0") if line]

    def is_tracked(self, inside: str) -> bool:
        """Whether the commit has the folder."""
        tree = "HEAD:" if inside == "." else f"HEAD:{inside}"
        return self.optional("rev-parse", "--verify", "--quiet", tree) is not None

    def optional(self, *command: str) -> str | None:
        """What git prints; None when it says quietly, by status 1, that there is nothing."""
        line = [self.repository.git.GIT_PYTHON_GIT_EXECUTABLE or "git", *command]
        status, printed, said = self.repository.git.execute(
            line, with_extended_output=True, with_exceptions=False, **self._limit
        )
        if status == 0:
            return str(printed)
        if status == 1 and not said:
            return None
        import git

        raise git.GitCommandError(line, status, said)

    @property
    def _limit(self) -> dict[str, Any]:
        if sys.platform == "win32":
            return {}
        return {"kill_after_timeout": min(self.timeout, threading.TIMEOUT_MAX)}


def _from(folder: Path, path: Path, line: str) -> str:
    found = Path(os.path.relpath(path, folder)).as_posix()
    return f"{found}/" if line.endswith("/") else found


def _said(error: git.GitCommandError) -> str:
    text = error.stderr.strip().removeprefix("stderr:").strip().strip("'")
    return " ".join(text.split()) or f"exit status {error.status}"


def _without_git(why: str) -> Revision:
    return Revision(note=f"no revision: {why}", failure=why)
