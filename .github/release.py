"""What a release needs to know: whether its tag fits the sources, and what its text is.

python .github/release.py check v1.2.3    fails unless the tag is that of the sources and the changelog has it
python .github/release.py notes v1.2.3    the section of the changelog, for the release's text
python .github/release.py major v1.2.3    the tag that moves along: v1
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TAG = re.compile(r"v(?P<version>(?P<major>\d+)\.\d+\.\d+)")


def version_of(tag: str) -> str:
    """Raises SystemExit unless it is the tag of a release."""
    found = TAG.fullmatch(tag)
    if found is None:
        raise SystemExit(f"{tag} is no tag of a release: write v1.2.3")
    return found["version"]


def major_of(tag: str) -> str:
    """The tag that always is at the newest release of a major version."""
    return f"v{version_of(tag).partition('.')[0]}"


def source_version(root: Path) -> str:
    """The version that the sources say they are: an action is fetched without its tags."""
    text = (root / "hathora_deploy" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    assert found, "hathora_deploy/__init__.py has no __version__"
    return found[1]


def notes(root: Path, tag: str) -> str:
    """The section of the changelog. Raises SystemExit where there is none, or nothing in it."""
    version = re.escape(version_of(tag))
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(
        rf"^## \[{version}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    if section is None or not section[1].strip():
        raise SystemExit(f"CHANGELOG.md has no section '## [{version_of(tag)}] - YYYY-MM-DD'")
    return section[1].strip()


def check(root: Path, tag: str) -> None:
    """Raises SystemExit unless the sources may be released under the tag."""
    if version_of(tag) != source_version(root):
        raise SystemExit(
            f"the tag is {tag}, but hathora_deploy/__init__.py says {source_version(root)}"
        )
    notes(root, tag)


def main(words: list[str]) -> None:
    match words:
        case ["check", tag]:
            check(ROOT, tag)
        case ["notes", tag]:
            print(notes(ROOT, tag))
        case ["major", tag]:
            print(major_of(tag))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
