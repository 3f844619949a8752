"""JUnit XML: a test case a step, which services show beside the tests of a game."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as Xml

from hathora_deploy.cli.reports.steps import Step
from hathora_deploy.cli.reports.subject import Subject

_ILLEGAL: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""
_LONGEST_TITLE: Final = 300


def junit_xml(steps: Sequence[Step], *, about: Subject, began: datetime) -> str:
    """The document about what began at that time."""
    counts = {
        "tests": str(len(steps)),
        "failures": str(sum(bool(step.error) for step in steps)),
        "errors": "0",
        "skipped": str(sum(bool(step.reason) for step in steps)),
        "time": f"{sum(step.seconds for step in steps):.3f}",
    }
    root = Xml.Element("testsuites", {"name": "hathora-deploy"} | counts)
    facts = {
        "name": _legal(f"{about.command} {about.name}"),
        "timestamp": began.strftime("%Y-%m-%dT%H:%M:%S"),
    }
    suite = Xml.SubElement(root, "testsuite", facts | counts)
    for step in steps:
        _add_case(suite, step, _legal(f"{about.command}.{about.name}"))
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _add_case(suite: Xml.Element, step: Step, classname: str) -> None:
    about = {"classname": classname, "name": step.name, "time": f"{step.seconds:.3f}"}
    case = Xml.SubElement(suite, "testcase", about)
    log = _legal("\n".join(step.lines))
    if step.error:
        text = _legal(step.error)
        title = text.partition("\n")[0][:_LONGEST_TITLE]
        failure = Xml.SubElement(case, "failure", {"type": step.error_type, "message": title})
        # Services show no more than this of a failure.
        failure.text = f"{text}\n\n{log}" if log else text
    elif step.reason:
        Xml.SubElement(case, "skipped", {"message": step.reason})
    if log:
        Xml.SubElement(case, "system-out").text = log


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
