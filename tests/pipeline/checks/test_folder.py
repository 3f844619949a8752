"""What keeps a folder from becoming a build."""

from __future__ import annotations

from pathlib import Path

import pytest

from hathora_deploy.pipeline.checks.finding import Finding, State
from hathora_deploy.pipeline.checks.folder import check_folder, context_size
from hathora_deploy.pipeline.errors import ContextError


def found(folder: Path, state: State, *, port: str | None = None) -> list[Finding]:
    findings = check_folder(folder, dockerfile=None, port=port)
    return [each for each in findings if each.state is state]


def test_a_good_folder_has_neither_warning_nor_problem(folder: Path) -> None:
    assert [each.what for each in found(folder, State.OK)] == [
        f"{folder}: 2 files are sent",
        f"{folder}/Dockerfile can be read, and begins with scratch",
        "EXPOSE names 7777/udp",
    ]
    assert len(check_folder(folder, dockerfile=None, port=None)) == 3
    assert context_size(folder, dockerfile=None) > 0


def test_a_dockerfile_that_cannot_be_read_is_a_problem_with_its_line(folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM scratch\nEXPSE 7777\n")
    (problem,) = found(folder, State.PROBLEM)
    assert "Dockerfile, line 2" in problem.what


@pytest.mark.parametrize(
    "base",
    [
        "mcr.microsoft.com/windows/servercore:ltsc2022",
        "mcr.microsoft.com/windows:20H2",
        "registry.example.com/nanoserver@sha256:00",
    ],
)
def test_an_image_for_windows_is_a_problem(folder: Path, base: str) -> None:
    (folder / "Dockerfile").write_text(f"FROM {base}\nEXPOSE 7777/udp\n")
    (problem,) = found(folder, State.PROBLEM)
    assert base in problem.what


def test_an_image_whose_name_only_sounds_like_windows_is_fine(folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM acme/windows-of-time:1\nEXPOSE 7777/udp\n")
    assert found(folder, State.PROBLEM) == []


def test_a_server_without_a_port_is_warned_of_unless_a_setting_names_it(folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (warning,) = found(folder, State.WARNING)
    assert "EXPOSE" in (warning.fix or "")
    assert found(folder, State.WARNING, port="hathora.toml") == []


def test_likely_mistakes_are_warnings_with_their_advice(folder: Path) -> None:
    (folder / ".env").write_text("PASSWORD=hunter2\n")
    (warning,) = found(folder, State.WARNING)
    assert ".env" in warning.what
    assert ".dockerignore" in (warning.fix or "")
    assert "hunter2" not in str(warning)


def test_a_dockerfile_that_is_ignored_is_told_to_be_sent_all_the_same(folder: Path) -> None:
    (folder / ".dockerignore").write_text("Dockerfile\n")
    assert any("sent to the build all the same" in each.what for each in found(folder, State.OK))


def test_a_folder_without_a_dockerfile_is_an_error_that_says_how_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "game").touch()
    with pytest.raises(ContextError) as raised:
        check_folder(tmp_path, dockerfile=None, port=None)
    assert "hathora-deploy init" in (raised.value.hint or "")
    assert context_size(tmp_path, dockerfile=None) == 0
