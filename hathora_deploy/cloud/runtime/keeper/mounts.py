"""The files that a game server sees: mounts of its own, made before it gives up the right to make any."""

# There is a keeper for each game server, and pathlib takes longer to load than all the rest of it.
# ruff: noqa: PTH102, PTH103, PTH112

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hathora_deploy.cloud.runtime.keeper import linux

if TYPE_CHECKING:
    from hathora_deploy.cloud.runtime.keeper.order import View

FILES = "files"
HOME = "home"
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - the user gets others in their place
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - the user gets another in its place
REPLACED = (*_TEMPORARY, _SHARED_MEMORY)


def settle(view: View, user: int) -> None:
    """See the machine as ``view`` says. Files are the user's own, and writing to them changes only
    this view. Raises OSError."""
    os.umask(0o022)
    linux.leave_mounts()
    shown = linux.open_mount(view["files"])
    linux.show_as_owned(shown, user)
    linux.put_mount(shown, view["files"])
    stage = view["stage"]
    linux.mount("tmpfs", stage, "mode=755,size=1m")
    files, home = f"{stage}/{FILES}", f"{stage}/{HOME}"
    os.mkdir(files)
    os.mkdir(home)
    layers = {
        "lowerdir": view["files"],
        "upperdir": view["changes"],
        "workdir": view["scratch"],
    }
    options = ",".join(f"{name}={escaped(path)}" for name, path in layers.items())
    linux.mount("overlay", files, options)
    # Opened first: what is mounted over it hides it.
    opened = [(linux.open_mount(view["home"]), home)]
    opened += [
        (linux.open_mount(view["temporary"]), path) for path in _TEMPORARY if os.path.isdir(path)
    ]
    opened += [(linux.open_mount(path), path) for path in view["needed"]]
    if os.path.isdir(_SHARED_MEMORY):
        linux.mount("tmpfs", _SHARED_MEMORY, "mode=1777")
    for path in view["hidden"]:
        linux.mount("tmpfs", path, "mode=755,size=1m")
    for descriptor, path in opened:
        os.makedirs(path, exist_ok=True)
        linux.put_mount(descriptor, path)


def escaped(path: str) -> str:
    """A path as an option of a mount: colons part folders there, commas options."""
    return path.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")
