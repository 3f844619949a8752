"""What may be wrong with what is sent: worth a word, and no reason to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_SHOWN_PATHS: Final = 2


@dataclass(frozen=True)
class Concern:
    """What may be wrong, where, and what to do about it."""

    what: str
    paths: tuple[str, ...]
    advice: str

    def __str__(self) -> str:
        return f"{self.located}; {self.advice}"

    @property
    def located(self) -> str:
        """What may be wrong, and where."""
        shown = list(self.paths[:_SHOWN_PATHS])
        more = len(self.paths) - len(shown)
        if more:
            shown.append(f"{more} more")
        listed = " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
        return f"{self.what}{listed and f': {listed}'}"


@dataclass(frozen=True)
class Remedy:
    """How what is sent is changed."""

    leave_out: str
    """What a ``{pattern}`` names."""
    find: str
    """What is missing."""
    mend: str
    """A file, by a ``{command}``."""


ARCHIVE_REMEDY: Final = Remedy(
    leave_out="make the archive without {pattern}",
    find="check its name, and that the archive has it (`tar -tzf` lists what it has)",
    mend="run `{command}` in the folder, and make the archive again",
)


def folder_remedy(ignore_file: str) -> Remedy:
    """That of a folder, whose ignore file has this name."""
    literal = ignore_file.replace("{", "{{").replace("}", "}}")
    return Remedy(
        leave_out=f"write {{pattern}} into {literal} to leave it out",
        find=f"check its name, and that {ignore_file} keeps it (`hathora-deploy package --list`)",
        mend="run `{command}`",
    )
