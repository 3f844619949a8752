"""Whether a folder can become a build."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

from hathora_deploy.dockerfile import Dockerfile
from hathora_deploy.pipeline.checks.finding import Finding
from hathora_deploy.pipeline.context import context_of
from hathora_deploy.pipeline.dockerfile_text import read_dockerfile
from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.inspection import inspect
from hathora_deploy.pipeline.survey import Survey, survey

ABOUT = "folder"
ABOUT_DOCKERFILE = "Dockerfile"
_WINDOWS: Final = re.compile(r"(^|/)(windows|nanoserver|windowsservercore)([/:@]|$)", re.IGNORECASE)


def check_folder(folder: Path, *, dockerfile: str | None, port: str | None) -> list[Finding]:
    """``port`` is where a setting names the port of the server, if one does. Raises ContextError."""
    found = survey(folder, dockerfile=dockerfile)
    return [*_of_context(folder, found), *_of_dockerfile(found, port)]


def context_size(folder: Path, *, dockerfile: str | None) -> int:
    """Bytes that a deploy of the folder would pack; 0 where it cannot be."""
    try:
        return context_of(folder, survey(folder, dockerfile=dockerfile)).size
    except ContextError:
        return 0


def _of_context(folder: Path, found: Survey) -> list[Finding]:
    try:
        context = context_of(folder, found)
    except ContextError as error:
        return [Finding.of_error(ABOUT, error)]
    concerns = [Finding.warning(ABOUT, each.located, each.advice) for each in inspect(context)]
    sent = "1 file is" if context.files == 1 else f"{context.files:,} files are"
    return [Finding.ok(ABOUT, f"{folder}: {sent} sent"), *concerns]


def _of_dockerfile(found: Survey, port: str | None) -> list[Finding]:
    path = found.dockerfile
    try:
        dockerfile = read_dockerfile(path.read_bytes(), place=str(path))
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror}"
        return [Finding.problem(ABOUT_DOCKERFILE, what, f"ls -l {shlex.quote(str(path))}")]
    except ContextError as error:
        mend = error.hint or f'"${{EDITOR:-vi}}" {shlex.quote(str(path))}'
        return [Finding.problem(ABOUT_DOCKERFILE, error.message, mend)]
    return [_base(dockerfile, path), _ports(dockerfile, path, port), *_ignored(found)]


def _base(dockerfile: Dockerfile, path: Path) -> Finding:
    base = dockerfile.final_stage.base
    if _WINDOWS.search(base):
        return Finding.problem(
            ABOUT_DOCKERFILE,
            f"{path} begins with {base}, an image for Windows: game servers run on Linux",
            f"docker pull debian:bookworm-slim  # and FROM it, in {path}",
        )
    return Finding.ok(ABOUT_DOCKERFILE, f"{path} can be read, and begins with {base}")


def _ports(dockerfile: Dockerfile, path: Path, port: str | None) -> Finding:
    exposed = ", ".join(f"{each.port}/{each.protocol}" for each in dockerfile.exposed_ports)
    if exposed:
        return Finding.ok(ABOUT_DOCKERFILE, f"EXPOSE names {exposed}")
    if port:
        return Finding.ok(ABOUT_DOCKERFILE, f"it has no EXPOSE, and {port} names the port")
    return Finding.warning(
        ABOUT_DOCKERFILE,
        "it has no EXPOSE, so nothing says which port players connect to",
        f"echo 'EXPOSE 7777/udp' >> {shlex.quote(str(path))}",
    )


def _ignored(found: Survey) -> list[Finding]:
    if found.ignore_file is None:
        return []
    for each in found.found:
        if Path(each.source) == found.dockerfile and each.verdict.is_ignored:
            what = f"{found.ignore_file} leaves it out: it is sent to the build all the same"
            return [Finding.ok(ABOUT_DOCKERFILE, what)]
    return []
