"""The Dockerfile of a build: what is wrong with it is told with the place where it is."""

from __future__ import annotations

from hathora_deploy.dockerfile import Dockerfile, DockerfileError, parse
from hathora_deploy.pipeline.errors import ContextError


def read_dockerfile(data: bytes, *, place: str) -> Dockerfile:
    """``place`` is for people. Raises ContextError."""
    try:
        return parse(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ContextError(f"{place} is not UTF-8 text") from None
    except DockerfileError as error:
        raise ContextError(
            f"{place}, line {error.line}: {error.problem}", hint=error.hint
        ) from None
