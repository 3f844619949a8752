"""What the cloud tells a keeper. It travels marshalled, on standard input: in no command line, in no environment."""

from __future__ import annotations

from typing import TypedDict


class Rights(TypedDict):
    """As whom a game server runs, if not as the cloud."""

    user: int
    group: int


class View(TypedDict):
    """What a game server sees where files are concerned: paths, of the machine."""

    files: str
    """Of its build. Shared by all processes of it, and never written to."""
    changes: str
    """What this process makes of them."""
    scratch: str
    """Empty, and on the disk of ``changes``."""
    home: str
    temporary: str
    stage: str
    """An empty folder that everybody can reach: it finds its files and its home there."""
    hidden: list[str]
    """Folders that are empty for it, but for what is needed below them."""
    needed: list[str]
    """Folders that it must reach though they lie in a hidden one."""


class Order(TypedDict):
    """All that is needed to start a process and to keep it."""

    command: list[str]
    """The program by its path."""
    environment: dict[str, str]
    workdir: str
    ending: str
    """The file that its end is written into."""
    keeper_entrances: list[str]
    """Of the cgroup of keepers."""
    entrances: list[str]
    """Of the cgroup of this process; none where there is none."""
    ledger: str
    """The cgroup's count of who was ended for want of memory; empty where nobody counts."""
    watched_memory: int
    """Bytes to be kept by looking, where no cgroup does; 0 if one does."""
    view: View | None
    rights: Rights | None
