"""What a shell offers when somebody presses Tab, asked for as the shell asks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Run, write_program
from .terminal import on_terminal

Offered = list[str]


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    return write_program(tmp_path / "bin")


def in_bash(line: str, tool: Path, environment: dict[str, str]) -> Offered:
    """What bash, with its own script of completion, would put in place of the last word."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    script = """
        eval "$(_HATHORA_DEPLOY_COMPLETE=bash_source hathora-deploy)"
        compopt() { :; }  # bash has it only while a person completes
        COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
        _hathora_deploy_completion hathora-deploy
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        [bash, "--norc", "-c", script, "bash", line],
        env={**environment, "PATH": f"{tool}:{environment['PATH']}"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.skipif(sys.platform == "win32", reason="bash starts programs of POSIX")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("hathora-deploy proc", ["processes"]),
        ("hathora-deploy processes st", ["start", "stop"]),
        ("hathora-deploy processes stop --al", ["--all"]),
        ("hathora-deploy processes --al", ["--all"]),
        ("hathora-deploy ./server --no-roo", ["--no-room"]),
        ("hathora-deploy deploy --region s", ["Seattle", "Singapore", "Sydney", "Sao_Paulo"]),
        ("hathora-deploy api GetPr", ["GetProcessesCountExperimental", "GetProcessMetrics", "GetProcess"]),
        ("hathora-deploy api appsV2.get_apps", ["GetApps"]),
        ("hathora-deploy api GetAppsV1", ["GetAppsV1Deprecated"]),
        ("hathora-deploy api GetLatestProcesses -f ", ["appId=", "before=", "region=", "status="]),
        ("hathora-deploy api GetLatestProcesses -f be", ["before="]),
        ("hathora-deploy api CreateLobby -f vis", ["visibility=private", "visibility=public", "visibility=local"]),
        ("hathora-deploy api CreateLobby --app-id a -f visibility=p", ["private", "public"]),
        ("hathora-deploy api CreateOrgToken -f scopes=builds:", ["read", "read-write"]),
        ("hathora-deploy api GetLogsForProcess -f follow=", ["true", "false"]),
        ("hathora-deploy api NoSuchOperation -f ", []),
    ],
)  # fmt: skip
def test_bash_is_offered_what_may_follow(
    tool: Path, environment: dict[str, str], line: str, offered: Offered
) -> None:
    assert sorted(in_bash(line, tool, environment)) == sorted(offered)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("deploy -e ", ["staging", "production"]),
        ("logs --environment pro", ["production"]),
        ("promote staging pr", ["production"]),
        ("./server -e ", ["europe"]),
        ("status -c server/hathora.toml -e ", ["europe"]),
        ("status -c nowhere.toml -e ", []),
        ("./broken -e ", []),
    ],
)
def test_environments_are_those_of_the_file_that_is_meant(
    run: Run, tmp_path: Path, line: str, offered: Offered
) -> None:
    for folder, text in {
        ".": "[staging.app]\n[production.app]\n",
        "server": "[europe.app]\n",
        "broken": "[staging",
    }.items():
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "hathora.toml").write_text(text)
    words = f"hathora-deploy {line}"
    variables = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    answer = run(_HATHORA_DEPLOY_COMPLETE="bash_complete", **variables)
    assert answer.stdout.split() == [f"plain,{name}" for name in offered]
    assert answer.stderr == ""


def test_fish_completes_what_may_follow(tool: Path, environment: dict[str, str]) -> None:
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("apt-get install fish")
    (tool / "server").mkdir()
    script = """
        _HATHORA_DEPLOY_COMPLETE=fish_source hathora-deploy | source
        for line in $argv; complete --do-complete $line; end
    """
    lines = ["processes st", "api CreateLobby -f visibility=p", "deploy --region to", "ser", "logs"]
    done = subprocess.run(
        [fish, "--no-config", "-c", script, *(f"hathora-deploy {line}" for line in lines)],
        env={**environment, "PATH": f"{tool}:{environment['PATH']}"},
        cwd=tool,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == [
        *("start", "stop", "visibility=private", "visibility=public", "Tokyo", "server/", "logs")
    ]
    assert "logs\tThe output of a game server, also as it comes." in done.stdout


def test_zsh_completes_what_may_follow(tool: Path, environment: dict[str, str]) -> None:
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("apt-get install zsh")
    home = Path(environment["HOME"])
    (home / "server").mkdir()
    (home / ".zshrc").write_text(
        "autoload -Uz compinit; compinit -u\n"
        'eval "$(_HATHORA_DEPLOY_COMPLETE=zsh_source hathora-deploy)"\n'
        'hathora-deploy() { print -r "would run: $*" }\n'
        'PS1="ready> "\n'
    )
    lines = [
        "hathora-deploy proc\t sta\t --reg\t Tok\t",
        "hathora-deploy api GetLatestP\t -f status=ru\t",
        "hathora-deploy ser\t",
        "exit",
    ]
    shown = on_terminal(
        [zsh, "-i"],
        cwd=home,
        env={**environment, "PATH": f"{tool}:{environment['PATH']}"},
        prompt="ready> ",
        typed="\n".join(lines),
    )
    assert [line for line in shown.text.splitlines() if line.startswith("would run: ")] == [
        "would run: processes start --region Tokyo",
        "would run: api GetLatestProcesses -f status=running",
        "would run: server",
    ]


def test_every_command_is_offered_with_what_it_does(run: Run) -> None:
    words = {"COMP_WORDS": "hathora-deploy ", "COMP_CWORD": "1"}
    offered = run(_HATHORA_DEPLOY_COMPLETE="zsh_complete", **words).stdout.splitlines()
    kinds, names, help_ = offered[::3], offered[1::3], offered[2::3]
    assert set(kinds) == {"plain"}
    assert dict(zip(names, help_, strict=True))["rooms"].startswith("Rooms:")
    assert "api" in names


def test_a_word_that_is_no_command_is_completed_as_a_folder(run: Run) -> None:
    words = {"COMP_WORDS": "hathora-deploy ser", "COMP_CWORD": "1"}
    assert run(_HATHORA_DEPLOY_COMPLETE="bash_complete", **words).stdout == "dir,ser\n"


@pytest.mark.parametrize(
    ("shell", "words", "last", "expected"),
    [
        ("zsh", "hathora-deploy api GetLa", "2", "plain\nGetLatestDeployment\nGet the deployment"),
        ("fish", "hathora-deploy api GetLa", "GetLa", "plain,GetLatestDeployment\tGet the deploy"),
        ("zsh", "hathora-deploy api GetLogsForProcess -f tail", "4", "tailLines=\nwhole number, 1 to"),
        ("fish", "hathora-deploy api CreateRoom -f region=To", "region=To", "plain,region=Tokyo"),
    ],
)  # fmt: skip
def test_zsh_and_fish_are_offered_names_with_their_help(
    run: Run, shell: str, words: str, last: str, expected: str
) -> None:
    variables = {"COMP_WORDS": words, "COMP_CWORD": last}
    answer = run(_HATHORA_DEPLOY_COMPLETE=f"{shell}_complete", **variables)
    assert expected in answer.stdout, answer.stderr
