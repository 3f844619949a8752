"""What a JUnit report says of each step."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml


def outcomes(file: Path) -> dict[str, str]:
    """By step: what has become of it."""
    cases = Xml.parse(file).getroot().findall("testsuite/testcase")
    told = {str(case.get("name")): [child.tag for child in case] for case in cases}
    return {
        name: next((tag for tag in ("failure", "skipped") if tag in tags), "passed")
        for name, tags in told.items()
    }
