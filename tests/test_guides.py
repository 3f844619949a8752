"""The programs that the guides show."""

from __future__ import annotations

import re
from pathlib import Path

from mypy import api as mypy

ROOT = Path(__file__).parents[1]
GUIDES = ("README.md", "docs/client.md", "docs/deploy-from-python.md")
MISSPELLED = "from hathora_deploy import Depoly  # type: ignore[attr-defined]  # no such name\n"


def test_every_program_is_well_typed_and_a_name_that_is_not_there_is_not(tmp_path: Path) -> None:
    programs = [
        program
        for guide in GUIDES
        for program in re.findall(
            r"```python\n(.*?)```", (ROOT / guide).read_text(encoding="utf-8"), re.DOTALL
        )
    ]
    assert len(programs) > len(GUIDES)
    for number, program in enumerate([*programs, MISSPELLED]):
        (tmp_path / f"program_{number}.py").write_text(program, encoding="utf-8")
    report, trouble, status = mypy.run(
        ["--config-file", str(ROOT / "pyproject.toml"), *map(str, tmp_path.iterdir())]
    )
    assert (status, trouble) == (0, ""), report
