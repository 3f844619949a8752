"""What others wrote stays what it was, whoever reads a report: no text ends its place in the format."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from dotenv import dotenv_values
from hypothesis import given, strategies as st

from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.cli.reports.dotenv import dotenv, unwritable
from hathora_deploy.cli.reports.junit import junit_xml
from hathora_deploy.cli.reports.steps import Step, StepLog
from hathora_deploy.cli.reports.subject import Subject
from hathora_deploy.cli.reports.teamcity import service_message
from hathora_deploy.cli.service_commands import speechless
from hathora_deploy.secret import Secret

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TEXT = st.text(
    st.characters() | st.sampled_from("\x00\x07\x1b\r\n\t'|[]<>&\"=$`\\#\ud800\ufffe😀"),
    max_size=60,
)
MESSAGE = re.compile(r"##teamcity\[(\w+)((?: (?:\w+=)?'(?:\|.|[^'|\[\]\r\n])*')*)\]")
LEGAL = r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


@given(name=TEXT, error=TEXT, line=TEXT)
def test_an_xml_parser_reads_of_junit_what_was_said_but_for_what_xml_cannot_say(
    name: str, error: str, line: str
) -> None:
    step = Step("build", began=1.0, ended=2.5, error=f"no: {error}", error_type="BuildFailedError")
    step.lines.append(f"1: {line}")
    document = junit_xml([step], about=Subject("deploy", name), began=NOW).encode()
    case = Xml.fromstring(document).find("testsuite/testcase")
    assert case is not None
    assert (case.get("name"), case.get("time")) == ("build", "1.500")

    def readable(text: str) -> str:
        return re.sub(LEGAL, "\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))

    assert case.findtext("failure") == readable(f"no: {error}") + "\n\n" + readable(f"1: {line}")
    assert case.findtext("system-out") == readable(f"1: {line}")


@given(texts=st.dictionaries(st.sampled_from(["name", "value"]), TEXT))
def test_teamcity_reads_of_a_message_what_was_said(texts: dict[str, str]) -> None:
    line = service_message("setParameter", **texts)
    assert line.isascii()
    assert line.isprintable()
    found = MESSAGE.fullmatch(line)
    assert found is not None
    values = dict(re.findall(r"(\w+)='((?:\|.|[^'|])*)'", found[2]))
    assert {name: unescaped(value) for name, value in values.items()} == texts


def unescaped(text: str) -> str:
    """As TeamCity does it: in the units of UTF-16, as its Java has them."""
    plain = {"n": "\n", "r": "\r"}
    units = b"".join(
        bytes.fromhex(code) if code else (plain.get(sign, sign) or raw).encode("utf-16-be")
        for code, sign, raw in re.findall(r"\|0x([0-9A-F]{4})|\|(.)|(.)", text)
    )
    return units.decode("utf-16-be", "surrogatepass")


@given(values=st.dictionaries(st.from_regex(r"[A-Z]{2,9}_ID", fullmatch=True), TEXT))
def test_all_readers_of_a_dotenv_file_find_the_same_and_it_is_what_was_said(
    values: dict[str, str],
) -> None:
    text = dotenv(values)
    wanted = {name: value for name, value in values.items() if name not in unwritable(values)}
    by_gitlab = dict(line.split("=", 1) for line in text.split("\n") if line)
    assert by_gitlab == dict(dotenv_values(stream=io.StringIO(text))) == wanted


def test_a_shell_reads_a_dotenv_file_too(tmp_path: Path) -> None:
    if shutil.which("sh") is None:
        pytest.skip("there is no shell")
    values = {"A": "v1.2+x:y/z@w%,=-_", "B": "$(touch ran)", "C": "x; touch ran", "D": "~", "E": ""}
    file = tmp_path / "deploy.env"
    file.write_text(dotenv(values))
    done = subprocess.run(
        ["sh", "-c", '. ./deploy.env; echo "$A|$B|$C|$D|$E"'],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "v1.2+x:y/z@w%,=-_||||\n"
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_kept_of_a_log_has_no_secret_and_no_control_sequence() -> None:
    log = StepLog(Subject("deploy", "arena").steps)
    log.cover([Secret("hunter-2-token")])
    log.step("build")
    log.building("bld-1")
    log.build_line("\x1b[31mred\x1b]0;title\x07 with hunter-2-token\rover\x00")
    log.fail(SettingsError("hunter-2-token is no good", hint="not hunter-2-token"))
    (failed,) = [step for step in log.steps() if step.error]
    assert failed.name == "build"
    assert list(failed.lines) == ["red with [REDACTED]", "over"]
    assert failed.error == "[REDACTED] is no good\nhint: not [REDACTED]"


@pytest.mark.parametrize(
    ("variable", "line", "harmless"),
    [
        ("TEAMCITY_VERSION", "  | ##TeamCity[x name='y']", "  | # #TeamCity[x name='y']"),
        ("TF_BUILD", "##vso[task.setvariable a=b]c", "# #vso[task.setvariable a=b]c"),
        ("TF_BUILD", "##[error]x", "# #[error]x"),
        ("GITHUB_ACTIONS", "a\n   ::set-env name=x::y", "a\n   : :set-env name=x::y"),
        ("GITHUB_ACTIONS", "x ##[add-path]y", "x ## [add-path]y"),
        ("GITLAB_CI", "::x ##[y]", "::x ##[y]"),
    ],
)
def test_no_line_that_others_wrote_is_a_command_to_the_service(
    variable: str, line: str, harmless: str
) -> None:
    assert speechless(line, {variable: "1"}) == harmless
    assert speechless(line, {}) == line
