"""The commands that hints name are about what the command was about that has failed."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hathora_deploy.cli.next_steps import AFTER_ERROR, AFTER_OPERATION
from hathora_deploy.cli.place import Place

from .conftest import Cloud, Run

TYPED = Place.of({"app_id": "arena", "data_dir": "/srv/my cloud", "token": "hush", "local": True})


@pytest.mark.parametrize(
    ("hint", "completed"),
    [
        ("hathora-deploy status", "hathora-deploy status --app-id arena --local --data-dir '/srv/my cloud'"),
        ("hathora-deploy cloud status says", "hathora-deploy cloud status --data-dir '/srv/my cloud' says"),
        ("hathora-deploy apps, and check", "hathora-deploy apps --local --data-dir '/srv/my cloud', and check"),
        ("hathora-deploy apps create NAME", "hathora-deploy apps create --local --data-dir '/srv/my cloud' NAME"),
        ("`hathora-deploy processes --all`", "`hathora-deploy processes --app-id arena --local --data-dir '/srv/my cloud' --all`"),
        ("see hathora-deploy logs --app-id x", "see hathora-deploy logs --local --data-dir '/srv/my cloud' --app-id x"),
        ("hathora-deploy PATH", "hathora-deploy PATH --app-id arena --local --data-dir '/srv/my cloud'"),
        ("hathora-deploy '/my server' again", "hathora-deploy '/my server' --app-id arena --local --data-dir '/srv/my cloud' again"),
        ("hathora-deploy 'it'\"'\"'s'", "hathora-deploy 'it'\"'\"'s' --app-id arena --local --data-dir '/srv/my cloud'"),
        ("hathora-deploy /srv/game", "hathora-deploy /srv/game --app-id arena --local --data-dir '/srv/my cloud'"),
        ("hathora-deploy import x.json", "hathora-deploy import --local --data-dir '/srv/my cloud' x.json"),
        ("hathora-deploy --help", "hathora-deploy --help"),
        ("hathora-deploy login --help", "hathora-deploy login --help"),
        ("hathora-deploy COMMAND --help", "hathora-deploy COMMAND --help"),
        ("run the hathora-deploy that wrote it", "run the hathora-deploy that wrote it"),
        ("pass --app-id", "pass --app-id"),
    ],
)  # fmt: skip
def test_a_command_gets_the_options_that_it_takes(hint: str, completed: str) -> None:
    assert TYPED.completed(hint) == completed


def test_each_of_several_commands_is_completed() -> None:
    place = Place.of({"data_dir": "c"})
    assert (
        place.completed("hathora-deploy cloud stop && hathora-deploy cloud start")
        == "hathora-deploy cloud stop --data-dir c && hathora-deploy cloud start --data-dir c"
    )


def test_the_folder_takes_the_place_of_its_name() -> None:
    place = Place.of({"path": "./my server"}, file=Path("my server/hathora.toml"))
    assert place.completed("hathora-deploy package PATH --list") == (
        "hathora-deploy package './my server' --list"
    )
    assert place.completed("hathora-deploy logs") == (
        "hathora-deploy logs --config 'my server/hathora.toml'"
    )


@pytest.mark.parametrize("endpoint", ["hathora_org_st_secret", "https://user:secret@example.com"])
def test_what_may_be_a_token_in_the_wrong_place_is_not_repeated(endpoint: str) -> None:
    assert (
        Place.of({"endpoint": endpoint}).completed("hathora-deploy apps") == "hathora-deploy apps"
    )


def test_a_command_that_asks_no_cloud_does_not_pay_for_the_client(
    environment: dict[str, str], tmp_path: Path
) -> None:
    program = (
        "import sys\n"
        "from hathora_deploy.cli.boundary import run\n"
        f"run(['init', {str(tmp_path)!r}])\n"
        "sys.exit('hathora_deploy.client' in sys.modules)\n"
    )
    words = [sys.executable, "-c", program]
    assert subprocess.run(words, env=environment, check=False).returncode == 0


def test_nothing_typed_is_nothing_added() -> None:
    for hint in (*AFTER_ERROR.values(), *AFTER_OPERATION.values()):
        assert Place().completed(hint) == hint


def test_what_a_hint_says_can_be_typed_and_is_about_the_same_app(
    cloud: Cloud, run: Run, tmp_path: Path
) -> None:
    for name in ("arena", "lobby"):
        cloud("apps", "create", name)
    data_dir = cloud.json("cloud", "status")["dataDir"]
    settings = tmp_path / "server" / "hathora.toml"
    settings.parent.mkdir()
    settings.write_text('[staging.app]\nid = "lobby"\n')
    where = ("--config", str(settings), "-e", "staging", "--data-dir", data_dir)
    refused = run("deployments", "get", "dep-nobody", *where)
    hint = next(line for line in refused.stderr.splitlines() if line.startswith("hint: "))
    typed = shlex.split(hint.removeprefix("hint: "))
    assert typed[:2] == ["hathora-deploy", "deployments"]
    again = run(*typed[1:])
    assert (again.returncode, again.stderr) == (0, "there are no deployments of lobby\n")
