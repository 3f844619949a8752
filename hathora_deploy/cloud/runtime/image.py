"""What a build of the process runtime leaves: a folder of files, and how to start a process from it."""

from __future__ import annotations

import json
import posixpath
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from hathora_deploy import private_files
from hathora_deploy.cloud.errors import ProcessStartFailed

_FILES: Final = "root"
_START: Final = "image.json"


@dataclass(frozen=True)
class Image:
    """How a process starts, in the words of the Dockerfile: paths are those of the container."""

    command: tuple[str, ...]
    is_shell_form: bool
    """The last element of the command is a text for a shell."""
    environment: Mapping[str, str]
    workdir: str
    """Absolute."""
    stop_signal: int = signal.SIGTERM


def files_of(artifact: Path) -> Path:
    """The folder that stands for ``/`` of the container."""
    return artifact / _FILES


def write_image(image: Image, artifact: Path) -> None:
    """Keep an image with its files; its variables are for the owner's eyes only."""
    private_files.write(artifact / _START, json.dumps(asdict(image)))


def read_image(artifact: Path) -> Image:
    """The image of an artifact. Raises ProcessStartFailed when there is none."""
    try:
        stored = json.loads((artifact / _START).read_text("utf-8"))
    except (OSError, ValueError):
        raise ProcessStartFailed(
            "the files of its build are gone from this machine", hint="deploy again"
        ) from None
    return Image(**{**stored, "command": tuple(stored["command"])})


def host_path(path: str, files: Path, workdir: str = "/") -> Path:
    """Where a path of the container lies on this machine; ``..`` does not lead above ``/``."""
    return files / posixpath.normpath(posixpath.join("/", workdir, path)).lstrip("/")
