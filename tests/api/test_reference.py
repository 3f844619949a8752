"""docs/api.md says what the declarations say. ``python -m tests.api.test_reference`` writes it anew."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from mypy import api as mypy

from hathora_deploy.api.catalog import ALL, EXTENSIONS
from hathora_deploy.api.fields import kind_of
from hathora_deploy.api.operation import Operation, Shape
from hathora_deploy.api.wire import decode
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.names import method_names
from tests.api.examples import APP, example, imports, value
from tests.api.reference import HEAD, Reference, anchor
from tests.client.serving import Asked, Server, served

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "api.md"
NAMES = method_names()
EXAMPLES = {operation.__name__: example(operation, name) for operation, name in NAMES.items()}


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as server:
        yield server


def test_the_reference_is_what_the_declarations_say() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == Reference(NAMES).page(), "run: make docs"


def test_every_operation_is_in_it_by_both_its_names() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name in ALL:
        assert f"\n#### {name}\n" in text
    for operation, method in NAMES.items():
        is_in_sdk = f"TypeScript: `{method.in_sdk}`" in text
        assert is_in_sdk == (operation.__name__ not in EXTENSIONS)
        assert f"cloud.{method}(" in text


def test_every_link_leads_to_one_heading() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    headings = Counter(anchor(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE))
    linked = set(re.findall(r"\]\(#([^)]*)\)", text))
    assert {link: headings[link] for link in linked if headings[link] != 1} == {}


def test_every_example_is_narrow_enough_to_read() -> None:
    lines = {line for each in EXAMPLES.values() for line in str(each).splitlines()}
    assert [line for line in lines if len(line) > 100] == []


@pytest.mark.parametrize("name", ALL)
def test_every_example_runs_and_sends_what_the_operation_is(
    name: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = ALL[name]
    shape = operation.shape
    monkeypatch.chdir(tmp_path)
    (tmp_path / "arena.tgz").write_bytes(b"archive")
    server.answers(shape.status, answer_of(shape), Content_Type=shape.media_type)
    with closing(HathoraCloud("org-token", endpoint=server.endpoint, app_id=APP)) as cloud:
        known: dict[str, Any] = {"cloud": cloud, "player_token": "player-token"}
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            exec(str(EXAMPLES[name]), known)
    (asked,) = server.asked
    assert asked.method == shape.method
    if shape.in_form:
        assert b"archive" in asked.body
    else:
        assert received(operation, asked).shape is shape
    deprecated = [DeprecationWarning] if shape.successor else []
    assert [each.category for each in warned] == deprecated


def received(operation: type[Operation[Any]], asked: Asked) -> Operation[Any]:
    """What the cloud would make of it. Raises RequestValidationError when it would refuse it."""
    path, _, query = asked.path.partition("?")
    named = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.shape.path)
    found = re.fullmatch(named, path)
    assert found is not None, path
    return decode(
        operation, path=found.groupdict(), query=parse_qsl(query), body=asked.body or None
    )


def answer_of(shape: Shape) -> bytes:
    """A result that the operation might have."""
    if shape.is_stream:
        return b"a line\n"
    if shape.result in (None, type(None)):
        return b""
    code = value(kind_of(shape.result))
    known: dict[str, Any] = {}
    exec(imports(code.needs), known)
    adapter = shape.result_adapter
    return adapter.dump_json(adapter.validate_python(eval(code.text, known)))


def test_every_example_is_well_typed(tmp_path: Path) -> None:
    beginning = re.findall(r"```python\n(.*?)```", HEAD, re.DOTALL)[0]
    functions = [
        "\n    ".join([f"def example_of_{name}() -> None:", *str(each).splitlines()])
        for name, each in EXAMPLES.items()
    ]
    program = tmp_path / "examples.py"
    program.write_text("\n\n".join([beginning, 'player_token = "player"', *functions]) + "\n")

    report, trouble, status = mypy.run(
        ["--config-file", str(ROOT / "pyproject.toml"), "--hide-error-context", str(program)]
    )
    assert (status, trouble) == (0, ""), report


if __name__ == "__main__":
    DOCUMENT.write_text(Reference(NAMES).page(), encoding="utf-8")
