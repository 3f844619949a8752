"""What is wrong with a Dockerfile, and on which line."""

from __future__ import annotations

from hathora_deploy.errors import HathoraError


class DockerfileError(HathoraError):
    """A Dockerfile cannot be read; ``line`` is counted from 1."""

    def __init__(self, line: int, problem: str, *, hint: str | None = None) -> None:
        super().__init__(
            f"Dockerfile, line {line}: {problem}",
            hint=hint or f"mend line {line} of the Dockerfile, then deploy again",
        )
        self.line = line
        self.problem = problem
