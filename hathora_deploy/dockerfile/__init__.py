"""Dockerfiles as values: instructions, stages, ports. Text in, no I/O."""

from hathora_deploy.dockerfile.errors import DockerfileError
from hathora_deploy.dockerfile.instruction import Heredoc, Instruction
from hathora_deploy.dockerfile.ports import ExposedPort
from hathora_deploy.dockerfile.stages import Dockerfile, Stage, parse

__all__ = [
    "Dockerfile",
    "DockerfileError",
    "ExposedPort",
    "Heredoc",
    "Instruction",
    "Stage",
    "parse",
]
