"""What a game server with rights of its own sees of the machine, decided before it starts."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hathora_deploy import private_files
from hathora_deploy.cloud.runtime.keeper import mounts
from hathora_deploy.cloud.runtime.keeper.order import View
from hathora_deploy.cloud.runtime.rights import Rights

STAGE: Final = Path("/run/hathora-deploy")
"""Each sees its own files there, and nobody sees another's."""
SEEN_FILES: Final = STAGE / mounts.FILES
SEEN_HOME: Final = STAGE / mounts.HOME
_HOME: Final = "home"


@dataclass(frozen=True)
class Reach:
    """The Python that the cloud runs on may lie where only root gets to, and be what a game server needs."""

    needed: tuple[str, ...]
    hidden: tuple[str, ...]
    """Folders that are empty but for what is needed, so that it can be reached."""

    def includes(self, folder: str) -> bool:
        """Whether everybody may look for programs in a folder of the machine, if it is there."""
        inner = Path(folder).resolve()
        is_needed = any(inner.is_relative_to(each) for each in self.needed)
        return is_needed or not inner.is_dir() or _barrier(inner) is None


def reach_of_python() -> Reach:
    prefixes = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
    barriers = {barrier for prefix in prefixes if (barrier := _barrier(prefix)) is not None}
    behind = [prefix for prefix in sorted(prefixes) if _lies_in(prefix, barriers | _REPLACED)]
    return Reach(
        needed=tuple(map(str, behind)),
        hidden=tuple(str(each) for each in sorted(barriers) if not _lies_in(each, barriers)),
    )


_REPLACED: Final = {Path(path) for path in mounts.REPLACED}


def make_view(folder: Path, files: Path, rights: Rights, reach: Reach) -> View:
    """A view of the files of a build, with room for changes in a process's own folder."""
    STAGE.mkdir(mode=0o755, exist_ok=True)
    view: View = {
        "files": str(files),
        "changes": str(_own(folder / "changes", rights, 0o755)),
        "scratch": str(private_files.make_folder(folder / "scratch")),
        "home": str(_own(folder / _HOME, rights, 0o700)),
        "temporary": str(_own(folder / "temporary", rights, 0o1777)),
        "stage": str(STAGE),
        "hidden": list(reach.hidden),
        "needed": list(reach.needed),
    }
    return view


def users(folders: Iterable[Path]) -> set[int]:
    """Whose views have their changes in these folders of processes."""
    homes = (folder / _HOME for folder in folders)
    return {home.stat().st_uid for home in homes if home.exists()}


def _own(folder: Path, rights: Rights, mode: int) -> Path:
    private_files.make_folder(folder)
    os.chown(folder, rights.user, rights.group)
    folder.chmod(mode)
    return folder


def _barrier(path: Path) -> Path | None:
    """The topmost folder on the way to a path that not everybody may pass."""
    for folder in (*reversed(path.parents), path):
        try:
            if not folder.stat().st_mode & stat.S_IXOTH:
                return folder
        except OSError:
            return folder
    return None


def _lies_in(path: Path, folders: Iterable[Path]) -> bool:
    return any(path != folder and path.is_relative_to(folder) for folder in folders)
