from __future__ import annotations

from pathlib import Path

import pytest

from hathora_deploy.cloud.runtime.command import ProgramError, host_command, host_environment
from hathora_deploy.cloud.runtime.image import Image

PATH = "/usr/bin:/bin"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The files of an image: a program, and a folder of data. The path has a blank in it."""
    root = tmp_path / "the root"
    for name in ("app/server", "opt/bin/tool"):
        (root / name).parent.mkdir(parents=True)
        (root / name).touch(mode=0o755)
    (root / "data").mkdir()
    return root


def image(*command: str, is_shell_form: bool = False, workdir: str = "/app") -> Image:
    return Image(command, is_shell_form, {}, workdir)


@pytest.mark.parametrize(
    ("command", "result"),
    [
        (("./server", "x"), ["{}/app/server", "x"]),
        (("/app/server", "/data"), ["{}/app/server", "{}/data"]),
        (
            ("server", "--dir=/data", "--no=/nothing"),
            ["{}/app/server", "--dir={}/data", "--no=/nothing"],
        ),
        (("../app/./server",), ["{}/app/server"]),
        (("/bin/sh", "/", "//data", "/etc"), ["/bin/sh", "/", "//data", "/etc"]),
    ],
)
def test_paths_of_the_image_win_over_those_of_this_machine(
    files: Path, command: tuple[str, ...], result: list[str]
) -> None:
    expected = [word.format(files) for word in result]
    assert host_command(image(*command), files, PATH) == expected


def test_a_program_is_looked_for_in_the_image_before_this_machine(files: Path) -> None:
    assert host_command(image("tool"), files, f"/opt/bin:{PATH}") == [f"{files}/opt/bin/tool"]
    assert host_command(image("sh"), files, PATH)[0].endswith("/sh")


def test_the_text_of_a_shell_is_quoted_where_a_path_needs_it(files: Path) -> None:
    made = image("/bin/sh", "-c", "cd /app&&./server -d=/data >/dev/null", is_shell_form=True)
    text = host_command(made, files, PATH)[-1]
    assert text == f"cd '{files}/app'&&./server -d='{files}/data' >/dev/null"


def test_variables_that_name_paths_are_those_of_this_machine(files: Path) -> None:
    environment = {
        "PATH": "/opt/bin:/bin",
        "LIB": "/data:/usr/lib",
        "URL": "http://app/x",
        "A": "/",
    }
    assert host_environment(environment, files) == {
        "PATH": f"{files}/opt/bin:/opt/bin:/bin",
        "LIB": f"{files}/data:/usr/lib",
        "URL": "http://app/x",
        "A": "/",
    }


@pytest.mark.parametrize(
    ("program", "is_final"), [("./none", True), ("/no/such", True), ("no-such-program", False)]
)
def test_only_a_program_that_might_yet_be_installed_is_no_final_error(
    files: Path, program: str, is_final: bool
) -> None:
    with pytest.raises(ProgramError) as caught:
        host_command(image(program), files, PATH)
    assert caught.value.is_final is is_final
    assert program in caught.value.problem
