"""Builds an archive into files of this machine and the image that says how to start them."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from hathora_deploy import private_files
from hathora_deploy.cloud.archive.inspection import InspectedArchive
from hathora_deploy.cloud.errors import BuildFailed
from hathora_deploy.cloud.runtime.assembly import assemble
from hathora_deploy.cloud.runtime.command import ProgramError, host_command, host_environment
from hathora_deploy.cloud.runtime.copying import Copying
from hathora_deploy.cloud.runtime.image import Image, files_of, write_image
from hathora_deploy.cloud.runtime.port import Artifact, BuildLog
from hathora_deploy.cloud.runtime.unpack import unpack
from hathora_deploy.dockerfile import Dockerfile, DockerfileError, parse


def build(
    archive: InspectedArchive,
    *,
    drafts: Path,
    artifacts: Path,
    environment: Mapping[str, str],
    log: BuildLog,
    cancelled: threading.Event,
) -> Artifact:
    """Leave an artifact in ``artifacts``. ``environment`` is what a process begins with.

    Raises BuildFailed, or BuildCancelled; either way nothing is left.
    """
    draft = Path(tempfile.mkdtemp(dir=drafts))
    try:
        context = private_files.make_folder(draft / "context")
        unpack(archive, context, cancelled=cancelled)
        dockerfile = _read_dockerfile(context, environment)
        artifact = private_files.make_folder(draft / "artifact")
        files = private_files.make_folder(files_of(artifact))
        image = assemble(dockerfile.final_stage, Copying(context, files, cancelled), log)
        _check_program(image, files, environment, log)
        write_image(image, artifact)
        size = _size(files)
        artifact.rename(artifacts / draft.name)
        return Artifact(draft.name, size)
    except OSError as error:
        raise _failure(error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _read_dockerfile(context: Path, environment: Mapping[str, str]) -> Dockerfile:
    try:
        text = (context / "Dockerfile").read_text("utf-8", errors="replace")
        return parse(text, environment=environment)
    except DockerfileError as error:
        raise BuildFailed(error.message, hint=error.hint) from error


def _check_program(
    image: Image, files: Path, environment: Mapping[str, str], log: BuildLog
) -> None:
    search_path = host_environment(image.environment, files).get("PATH", environment["PATH"])
    try:
        host_command(image, files, search_path)
    except ProgramError as error:
        if error.is_final:
            raise BuildFailed(error.problem, hint=error.hint) from None
        log(f" ---> {error.problem}: processes cannot start yet ({error.hint})")


def _failure(error: OSError) -> BuildFailed:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BuildFailed(
            "the disk is full: the build does not fit",
            hint="free some space, or delete builds you no longer need",
        )
    place = f": {Path(error.filename).name!r}" if isinstance(error.filename, str) else ""
    return BuildFailed(f"the build cannot be put together: {error.strerror}{place}")


def _size(files: Path) -> int:
    return sum(
        (Path(folder) / name).lstat().st_size
        for folder, _, names in os.walk(files)
        for name in names
    )
