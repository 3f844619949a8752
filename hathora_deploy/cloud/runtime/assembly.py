"""Carries out the final stage of a Dockerfile without an engine: what needs one is refused."""

from __future__ import annotations

import getpass
import posixpath
import re
import signal
import tarfile
from collections.abc import Callable
from typing import Final

from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed
from hathora_deploy.cloud.runtime.copying import Copying
from hathora_deploy.cloud.runtime.image import Image
from hathora_deploy.cloud.runtime.port import BuildLog
from hathora_deploy.dockerfile import Instruction, Stage

_URL: Final = re.compile(r"(https?|ftp|git|ssh)://|git@", re.IGNORECASE)
_HONOURED_FLAGS: Final = frozenset({"chmod", "chown", "link"})
_INSTALL: Final = (
    "install Docker and start the cloud again, or remove the line and ship the built files"
)
_MODE: Final = re.compile(r"[0-7]{3,4}")


def assemble(stage: Stage, copying: Copying, log: BuildLog) -> Image:
    """Make the files of an image and return how it starts. Raises BuildFailed, or BuildCancelled."""
    for instruction in stage.instructions:
        _require_no_engine(instruction)
    assembly = _Assembly(copying, log)
    for number, instruction in enumerate(stage.instructions, start=1):
        if copying.cancelled.is_set():
            raise BuildCancelled("the build was cancelled")
        log(f"Step {number}/{len(stage.instructions)} : {instruction.text}")
        assembly.carry_out(instruction)
    return assembly.image()


def _require_no_engine(instruction: Instruction) -> None:
    keyword = instruction.keyword
    if keyword in ("RUN", "ONBUILD"):
        raise _refusal(instruction, keyword)
    if keyword in ("COPY", "ADD"):
        for flag in instruction.flags.keys() - _HONOURED_FLAGS:
            raise _refusal(instruction, f"{keyword} --{flag}")
    if keyword == "ADD" and any(_URL.match(source) for source in instruction.arguments[:-1]):
        raise _refusal(instruction, "ADD of a URL")


def _refusal(instruction: Instruction, what: str) -> BuildFailed:
    return BuildFailed(
        f"Dockerfile, line {instruction.line}: {what} needs a container engine, and this machine's "
        "cloud runs without one",
        hint=_INSTALL,
    )


class _Assembly:
    """An image in the making."""

    def __init__(self, copying: Copying, log: BuildLog) -> None:
        self._copying = copying
        self._log = log
        self._said: set[str] = set()
        self._environment: dict[str, str] = {}
        self._workdir = "/"
        self._shell: tuple[str, ...] = ("/bin/sh", "-c")
        self._entrypoint: Instruction | None = None
        self._command: Instruction | None = None
        self._stop_signal = int(signal.SIGTERM)
        self._steps: dict[str, Callable[[Instruction], None]] = {
            "FROM": self._from,
            "ENV": self._env,
            "WORKDIR": self._change_workdir,
            "COPY": self._copy,
            "ADD": self._copy,
            "VOLUME": self._volume,
            "USER": self._user,
            "HEALTHCHECK": self._healthcheck,
            "STOPSIGNAL": self._stopsignal,
            "SHELL": self._change_shell,
            "CMD": self._cmd,
            "ENTRYPOINT": self._cmd,
        }

    def carry_out(self, instruction: Instruction) -> None:
        step = self._steps.get(instruction.keyword)
        if step is not None:  # the others only tell an engine something
            step(instruction)

    def image(self) -> Image:
        entrypoint, command = self._words(self._entrypoint), self._words(self._command)
        is_shell_form = False
        if self._entrypoint is not None and not self._entrypoint.is_json:
            command, is_shell_form = (), True
        elif self._command is not None and not self._command.is_json:
            is_shell_form = True
        if not entrypoint + command:
            raise BuildFailed(
                "the Dockerfile does not say what to start: it has neither CMD nor ENTRYPOINT",
                hint='end it with a line like CMD ["./server"]',
            )
        return Image(
            entrypoint + command, is_shell_form, self._environment, self._workdir, self._stop_signal
        )

    def _words(self, instruction: Instruction | None) -> tuple[str, ...]:
        if instruction is None:
            return ()
        if instruction.is_json:
            return instruction.arguments
        return (*self._shell, *instruction.arguments)

    def _from(self, instruction: Instruction) -> None:
        if instruction.arguments[0] != "scratch":
            self._note("the base image is not pulled: this machine's own programs are used")

    def _env(self, instruction: Instruction) -> None:
        for pair in instruction.arguments:
            name, _, value = pair.partition("=")
            self._environment[name] = value

    def _change_workdir(self, instruction: Instruction) -> None:
        self._workdir = posixpath.normpath(
            posixpath.join("/", self._workdir, instruction.arguments[0])
        )
        self._copying.make_folder(self._workdir)

    def _copy(self, instruction: Instruction) -> None:
        *sources, destination = instruction.arguments
        if not sources:
            raise self._wrong(
                instruction, f"{instruction.keyword} needs a source and a destination"
            )
        if "chown" in instruction.flags:
            self._note("--chown is ignored: every file belongs to the user who runs the cloud")
        mode = self._mode(instruction)
        heredocs = {heredoc.word: heredoc for heredoc in instruction.heredocs}
        found = []
        for source in sources:
            if heredoc := heredocs.get(source):
                self._copying.write(
                    heredoc.name, heredoc.content, destination, workdir=self._workdir, mode=mode
                )
                continue
            matches = self._copying.find(source)
            if not matches:
                raise BuildFailed(
                    f"Dockerfile, line {instruction.line}: {source} is not in the build context",
                    hint="check its spelling, and that no .dockerignore keeps it out",
                )
            found += matches
        if instruction.keyword == "ADD":
            for path in found:
                if path.is_file() and tarfile.is_tarfile(path):
                    raise _refusal(instruction, f"ADD of an archive ({path.name})")
        several = len(sources) > 1
        if several and not destination.endswith(("/", ".")):
            raise self._wrong(instruction, f"with several sources {destination} must end in /")
        self._copying.copy(found, destination, workdir=self._workdir, mode=mode)

    def _mode(self, instruction: Instruction) -> int | None:
        written = instruction.flags.get("chmod")
        if written is None:
            return None
        if not _MODE.fullmatch(written):
            raise self._wrong(instruction, f"--chmod={written} is no octal mode like 755")
        return int(written, 8) & 0o777 | 0o400

    def _volume(self, instruction: Instruction) -> None:
        for folder in instruction.arguments:
            self._copying.make_folder(posixpath.join("/", folder))
        self._note("VOLUME is an ordinary folder here, shared by all processes of the build")

    def _user(self, instruction: Instruction) -> None:
        self._note(f"USER is ignored: processes run as {getpass.getuser()}")

    def _healthcheck(self, instruction: Instruction) -> None:
        self._note("HEALTHCHECK is ignored: a process is well while it listens on its port")

    def _stopsignal(self, instruction: Instruction) -> None:
        written = instruction.arguments[0].upper().removeprefix("SIG")
        try:
            self._stop_signal = int(
                signal.Signals(int(written))
                if written.isdecimal()
                else signal.Signals[f"SIG{written}"]
            )
        except (KeyError, ValueError):
            raise self._wrong(instruction, f"{instruction.arguments[0]} is no signal") from None

    def _change_shell(self, instruction: Instruction) -> None:
        self._shell = instruction.arguments

    def _cmd(self, instruction: Instruction) -> None:
        if instruction.keyword == "CMD":
            self._command = instruction
        else:
            self._entrypoint = instruction

    def _note(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._log(f" ---> {line}")

    def _wrong(self, instruction: Instruction, problem: str) -> BuildFailed:
        return BuildFailed(
            f"Dockerfile, line {instruction.line}: {problem}",
            hint=f"mend line {instruction.line} of the Dockerfile, then deploy again",
        )
