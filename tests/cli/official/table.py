"""The tables of docs/official-cli.md, as values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DOCUMENT: Final = Path(__file__).parents[3] / "docs" / "official-cli.md"


def table(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    text = DOCUMENT.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
    rows = []
    for line in text[text.index("\n|") :].strip().splitlines():
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def words(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]*)`", cell)


@dataclass(frozen=True)
class Way:
    """How a value is given: by a flag, a variable, or a key of the file."""

    flag: str
    text: str

    def __str__(self) -> str:
        return self.text

    def given(self, value: str, folder: Path) -> tuple[list[str], dict[str, str]]:
        if self.text.startswith("-"):
            return [self.text, value], {}
        if "." not in self.text:
            return [], {self.text: value}
        section, _, key = self.text.partition(".")
        file = folder / "config.yaml"
        file.write_text(f"{section}:\n  {key}: {value}\n")
        return ["--config", str(file)], {}


FLAG_ROWS: Final = table("Flags")
WAYS: Final = [
    Way(words(row[0])[0].removeprefix("--"), text)
    for row in FLAG_ROWS
    for cell in row[:4]
    for text in words(cell)
]
