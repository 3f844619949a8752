"""What kind of game server a folder holds, as far as its files tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ELF: Final = b"\x7fELF"
_UDP_IN_PYTHON: Final = ("SOCK_DGRAM", "DatagramProtocol", "create_datagram_endpoint")


@dataclass(frozen=True)
class Server:
    """A kind of game server and how it starts."""

    kind: str
    """For people: ``a Unity server``."""
    base: str
    """The image that it runs on."""
    command: tuple[str, ...]
    port: str = "7777/udp"
    """What servers of this kind listen on unless told otherwise."""
    install: str | None = None
    """A command that the image needs before it can start."""
    program: str | None = None
    """The file that must be executable; a zip or a share may have taken the permission."""
    refuses_root: bool = False


def detect(folder: Path) -> Server | None:
    """The first kind that fits, None when the files do not tell."""
    return next((server for kind in _KINDS if (server := kind(folder)) is not None), None)


def _unity(folder: Path) -> Server | None:
    for data in sorted(folder.glob("*_Data")):
        name = data.name.removesuffix("_Data")
        for program in (f"{name}.x86_64", name):
            if (folder / program).is_file():
                command = (f"./{program}", "-batchmode", "-nographics", "-logFile", "-")
                return Server("a Unity server", "debian:12-slim", command, program=program)
    return None


def _unreal(folder: Path) -> Server | None:
    for root in (folder, folder / "LinuxServer"):
        scripts = sorted(root.glob("*Server.sh")) or sorted(root.glob("*Server-*.sh"))
        if scripts:
            script = scripts[0].relative_to(folder).as_posix()
            return Server(
                "an Unreal server",
                "debian:12-slim",
                ("sh", script, "-log"),
                program=_unreal_program(folder, root),
                refuses_root=True,
            )
    return None


def _unreal_program(folder: Path, root: Path) -> str | None:
    programs = [path for path in sorted(root.glob("*/Binaries/Linux/*")) if _is_program(path)]
    return programs[0].relative_to(folder).as_posix() if programs else None


def _godot(folder: Path) -> Server | None:
    for pack in sorted(folder.glob("*.pck")):
        for program in (f"{pack.stem}.x86_64", pack.stem, "godot", "godot-server"):
            if _is_elf(folder / program):
                main_pack = () if Path(program).stem == pack.stem else ("--main-pack", pack.name)
                return Server(
                    "a Godot server",
                    "debian:12-slim",
                    (f"./{program}", "--headless", *main_pack),
                    program=program,
                )
    return None


def _node(folder: Path) -> Server | None:
    try:
        package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        start = package.get("scripts", {}).get("start")
        needs_packages = bool(package.get("dependencies"))
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    if not start:
        return None
    is_locked = (folder / "package-lock.json").is_file()
    install = "npm ci --omit=dev" if is_locked else "npm install --omit=dev"
    return Server(
        "a Node server",
        "node:22-slim",
        ("npm", "start"),
        port="8000/tcp",
        install=install if needs_packages else None,
    )


def _python(folder: Path) -> Server | None:
    for name in ("server.py", "main.py"):
        if (folder / name).is_file():
            needs_packages = (folder / "requirements.txt").is_file()
            install = "pip install --no-cache-dir -r requirements.txt"
            return Server(
                "a Python server",
                "python:3.12-slim",
                ("python3", "-u", name),
                port="7777/udp" if _speaks_udp(folder / name) else "8000/tcp",
                install=install if needs_packages else None,
            )
    return None


def _speaks_udp(script: Path) -> bool:
    try:
        text = script.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(word in text for word in _UDP_IN_PYTHON)


def _single_program(folder: Path) -> Server | None:
    programs = [path.name for path in sorted(folder.iterdir()) if _is_program(path)]
    if len(programs) != 1:
        return None
    return Server("a Linux program", "debian:12-slim", (f"./{programs[0]}",), program=programs[0])


def _is_program(path: Path) -> bool:
    return _is_elf(path) and ".so" not in path.suffixes


def _is_elf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_ELF)) == _ELF
    except OSError:
        return False


_KINDS: Final[tuple[Callable[[Path], Server | None], ...]] = (
    _unity,
    _unreal,
    _godot,
    _node,
    _python,
    _single_program,
)
"""Engines first: their folders hold programs and scripts too."""
