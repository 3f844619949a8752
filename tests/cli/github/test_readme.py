"""github-action/README.md says what ``action.yml`` says. ``python -m tests.cli.github.test_readme`` writes it anew."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "github-action" / "README.md"
BLOCK = re.compile(r"<!-- (?P<name>\S+) -->\n.*?<!-- end -->", re.DOTALL)


def current(text: str) -> str:
    """The text, with what the files say now."""
    return BLOCK.sub(
        lambda found: f"<!-- {found['name']} -->\n{block(found['name'])}<!-- end -->", text
    )


def block(name: str) -> str:
    action = (ROOT / "action.yml").read_text(encoding="utf-8")
    if name == "inputs":
        return "\n".join(table(title, rows) for title, rows in inputs(action))
    if name == "outputs":
        outputs = yaml.safe_load(action)["outputs"]
        return table("output", ((each, said["description"]) for each, said in outputs.items()))
    return f"```yaml\n{(ROOT / name).read_text(encoding='utf-8')}```\n"


def inputs(action: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """By the comments that stand above them."""
    described = yaml.safe_load(action)["inputs"]
    section = action[action.index("\ninputs:") : action.index("\noutputs:")]
    for part in section.split("\n  # ")[1:]:
        title, _, rest = part.partition("\n")
        names = re.findall(r"^  ([a-z-]+):$", rest, re.MULTILINE)
        yield title.rstrip("."), [(name, described[name]["description"]) for name in names]


def table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {title} | |", "|---|---|"]
    lines += [
        f"| `{name}` | {' '.join(said.split()).replace('|', chr(92) + '|')} |"
        for name, said in rows
    ]
    return "\n".join([*lines, ""])


def test_the_readme_says_what_the_action_says() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == current(text), "run: python -m tests.cli.github.test_readme"
    assert {found["name"] for found in BLOCK.finditer(text)} == {
        "examples/workflows/deploy.yml",
        "inputs",
        "outputs",
    }


def test_the_readme_lists_every_example() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    files = {path.name for path in (ROOT / "examples" / "workflows").glob("*.yml")}
    assert set(re.findall(r"\.\./examples/workflows/([\w.]+)\)", text)) == files


if __name__ == "__main__":
    DOCUMENT.write_text(current(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
