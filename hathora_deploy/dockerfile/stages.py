"""Stages: what each FROM begins, and what the last of them adds up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hathora_deploy.dockerfile.errors import DockerfileError
from hathora_deploy.dockerfile.instruction import Instruction, read_instruction
from hathora_deploy.dockerfile.lines import logical_lines, read_escape
from hathora_deploy.dockerfile.ports import ExposedPort, exposed_ports


@dataclass(frozen=True)
class Stage:
    """What one FROM begins."""

    base: str
    """An image, ``scratch``, or the image of the first stage below this one."""
    name: str | None
    instructions: tuple[Instruction, ...]
    """From FROM on; those of an earlier stage that this one builds on come first."""
    exposed_ports: tuple[ExposedPort, ...]


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile, read."""

    instructions: tuple[Instruction, ...]
    """All of them, in the order in which they are written."""
    stages: tuple[Stage, ...]

    @property
    def final_stage(self) -> Stage:
        """The stage that becomes the image."""
        return self.stages[-1]

    @property
    def exposed_ports(self) -> tuple[ExposedPort, ...]:
        """The ports of the final stage, each once, as EXPOSE orders them."""
        return self.final_stage.exposed_ports


def parse(text: str, *, environment: Mapping[str, str] | None = None) -> Dockerfile:
    """Read a Dockerfile; ``environment`` is what its base image is known to set.

    Raises DockerfileError, which names the line.
    """
    escape = read_escape(text)
    instructions: list[Instruction] = []
    stages: list[_OpenStage] = []
    preamble = _OpenStage("", None)
    for line in logical_lines(text, escape):
        stage = stages[-1] if stages else preamble
        is_from = line.text[:5].rstrip().upper() == "FROM"
        lookup = preamble.lookup if is_from else stage.lookup
        instruction = read_instruction(line, lookup, escape)
        instructions.append(instruction)
        if instruction.keyword == "FROM":
            stages.append(_begin(instruction, stages, dict(environment or {})))
        elif stages:
            stage.add(instruction, preamble.args)
        elif instruction.keyword == "ARG":
            preamble.add(instruction, {})
        else:
            raise DockerfileError(line.number, f"{instruction.keyword} stands before any FROM")
    if not stages:
        raise DockerfileError(
            1, "there is no FROM", hint="begin the Dockerfile with FROM and an image"
        )
    return Dockerfile(tuple(instructions), tuple(stage.close() for stage in stages))


@dataclass
class _OpenStage:
    """A stage that is being read."""

    base: str
    name: str | None
    environment: dict[str, str] = field(default_factory=dict)
    args: dict[str, str | None] = field(default_factory=dict)
    instructions: list[Instruction] = field(default_factory=list)
    ports: list[ExposedPort] = field(default_factory=list)

    def lookup(self, name: str) -> str | None:
        return self.environment.get(name, self.args.get(name))

    def add(self, instruction: Instruction, defaults: Mapping[str, str | None]) -> None:
        """Take an instruction in; ``defaults`` are the ARGs that stand before the first FROM."""
        self.instructions.append(instruction)
        for argument in instruction.arguments:
            name, equals, value = argument.partition("=")
            if instruction.keyword == "ENV":
                self.environment[name] = value
            elif instruction.keyword == "ARG":
                self.args[name] = value if equals else defaults.get(name, self.args.get(name))
            elif instruction.keyword == "EXPOSE":
                try:
                    self.ports += exposed_ports(argument)
                except ValueError as error:
                    raise DockerfileError(instruction.line, str(error)) from None

    def close(self) -> Stage:
        return Stage(
            self.base, self.name, tuple(self.instructions), tuple(dict.fromkeys(self.ports))
        )


def _begin(
    instruction: Instruction, earlier: list[_OpenStage], environment: dict[str, str]
) -> _OpenStage:
    match instruction.arguments:
        case (image,):
            name = None
        case (image, word, name) if word.upper() == "AS":
            pass
        case _:
            raise DockerfileError(instruction.line, "FROM is followed by an image [AS name]")
    if not image:
        raise DockerfileError(
            instruction.line,
            "FROM names no image",
            hint="give the variable a default before FROM: ARG NAME=image",
        )
    for stage in reversed(earlier):
        if stage.name is not None and stage.name.lower() == image.lower():
            return _OpenStage(
                stage.base,
                name,
                dict(stage.environment),
                dict(stage.args),
                [*stage.instructions, instruction],
                list(stage.ports),
            )
    return _OpenStage(image, name, environment, instructions=[instruction])
