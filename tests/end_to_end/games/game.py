"""What a game is to the tests: a folder that is deployed, and a question to whoever answers at its port."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HEAD = "FROM {base}\nWORKDIR /game\nCOPY . .\nEXPOSE {port}\n"


@dataclass(frozen=True)
class Answer:
    """What a server tells whoever asks before joining."""

    game: str
    """Its name for itself, or what it says that no other game would."""
    room: str | None = None
    """The name that it was given, where its protocol has a place for names."""


@dataclass(frozen=True)
class Game:
    """A game server that Debian packages."""

    name: str
    packages: str
    program: Path
    data: tuple[tuple[str, str], ...]
    """Folders of the build, each with a pattern of what is copied there from this machine."""
    port: str
    """The port that clients expect, and its transport: ``8303/udp``."""
    tail: str
    """Last lines of the Dockerfile: how it is started on the port that ``PORT`` may name."""
    ask: Callable[[str, int], Answer]
    """Asks at an address, once. Raises OSError when nobody answers."""
    answers: str
    """How ``Answer.game`` begins."""
    tells_room: bool = True
    """Whether its answer names the room that it was started for."""
    rooms: int = 1
    """So many processes at once are asked."""

    def is_installed(self) -> bool:
        return self.program.exists() and all(_found(pattern) for _, pattern in self.data)

    def write_folder(self, folder: Path, *, base: str) -> None:
        """Put the server, what it reads and a Dockerfile into a folder."""
        folder.mkdir()
        shutil.copy2(self.program, folder)
        for place, pattern in self.data:
            (folder / place).mkdir(parents=True, exist_ok=True)
            for found in _found(pattern):
                if found.is_dir():
                    shutil.copytree(found, folder / place / found.name)
                else:
                    shutil.copy2(found, folder / place)
        head = HEAD.format(base=base, port=self.port)
        (folder / "Dockerfile").write_text(head + self.tail)

    def ask_until_answered(self, host: str, port: int, *, patience: float = 30.0) -> Answer:
        """The answer of the server at an address. Raises TimeoutError when none comes."""
        deadline = time.monotonic() + patience
        while True:
            try:
                return self.ask(host, port)
            except OSError as error:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"no {self.name} answers at {host}:{port}") from error
                time.sleep(0.1)


def _found(pattern: str) -> list[Path]:
    return sorted(Path("/").glob(pattern.lstrip("/")))
