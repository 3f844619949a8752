"""The configuration file: values as they stand there, and errors that name the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.cli.official import config


def read(tmp_path: Path, text: str, *, name: str = "ci.yaml") -> config.Config:
    file = tmp_path / name
    file.write_text(text)
    return config.read(file)


def test_values_are_taken_as_they_stand(tmp_path: Path) -> None:
    found = read(
        tmp_path, "build:\n  id: 007\n  tag: 1.10\n  hide_upload_progress: true\napp:\n  id:\n"
    )
    assert found.values == {"build_id": "007", "build_tag": "1.10", "hide_upload_progress": "true"}
    assert found.warnings == []


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("env: A=1,B=2", ["A=1,B=2"]),
        ("env: [A=1, 'B=2,3']", ["A=1", "B=2,3"]),
    ],
)
def test_lists_may_be_texts(tmp_path: Path, text: str, variables: list[str]) -> None:
    assert read(tmp_path, f"deployment:\n  {text}\n").values["env"] == variables


def test_variables_may_be_a_table_whose_commas_are_of_the_values(tmp_path: Path) -> None:
    found = read(tmp_path, "deployment:\n  env:\n    A: 1,B=2\n    C: 010\n").values["env"]
    assert [(name, value.reveal()) for (pairs) in found for name, value in pairs] == [
        ("A", "1,B=2"),
        ("C", "010"),
    ]


def test_json_is_read_however_it_is_indented(tmp_path: Path) -> None:
    found = read(tmp_path, '{\n\t"build": {\n\t\t"tag": "v1"\n\t}\n}\n', name="ci.json")
    assert found.values == {"build_tag": "v1"}


@pytest.mark.parametrize("text", ["", "# nothing\n", "build:\n"])
def test_a_file_may_say_nothing(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).values == {}


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("build:\n  tga: v1\n", "ci.yaml:2: there is no key build.tga; did you mean build.tag?"),
        ("\nbuidl:\n  tag: v1\n", "ci.yaml:2: there is no key buidl"),
        ("global:\n  token: t\n", "ci.yaml:2: there is no key global.token"),
    ],
)
def test_an_unknown_key_is_a_warning_with_its_line(tmp_path: Path, text: str, warning: str) -> None:
    (found,) = read(tmp_path, text).warnings
    assert found.startswith(f"{tmp_path}/{warning}")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("build:\n  tag: [a, b]\n", "ci.yaml:2: build.tag is to be a text"),
        ("deployment:\n  env: [[a]]\n", "ci.yaml:2: deployment.env is to be a text or a list of texts"),
        ("build:\n  tag: a\n  tag: b\n", "ci.yaml:3: tag is there twice"),
        ("build: v1\n", "ci.yaml:1: here are to be keys"),
        ("- build\n", "ci.yaml holds no sections"),
        ("build: [\n", "ci.yaml:2 is not YAML"),
        ("build: " + "[" * 2_000, "ci.yaml is not YAML: maximum recursion depth exceeded"),
        ("a: &a [*a]\nb: !!python/object:os.system x\nbuild: {tag: {? [x] : y}}\n", "build.tag is to be a text"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert error in str(caught.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for content, error in ((None, "No such file"), (b"\xff\xfe\x00a", "UTF-8")):
        file = tmp_path / "ci.yaml"
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(SettingsError, match=error):
            config.read(file)
