"""Flags win over the environment, the environment over hathora.toml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from hathora_deploy.cli.command import Command, file_settings
from hathora_deploy.cli.deployment_options import deploy_settings, with_deployment
from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.cli.options import TargetSettings, with_region, with_target
from hathora_deploy.cli.output import Output
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.secret import Secret

FILE = """
[app]
id = "app-file"
[cloud]
endpoint = "http://file"
[build]
tag = "tag-file"
[deployment]
container-port = 1
transport-type = "tcp"
requested-cpu = 1
idle-timeout-enabled = true
additional-container-ports = ["file:1/udp"]
[room]
region = "Tokyo"
"""


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in os.environ:
        if name.startswith("HATHORA_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def values(*words: str, **environment: str) -> dict[str, Any]:
    """What a command with all options gets."""
    seen: dict[str, Any] = {}

    @click.command(cls=Command)
    @click.argument("path", required=False)
    @with_deployment
    @with_region
    @with_target
    def command(target: TargetSettings, output: Output, path: str | None, **rest: Any) -> None:
        seen.update(rest, target=target, json=output.is_json)
        file = file_settings(click.get_current_context())
        seen["sections"] = file.sections if file else {}

    result = CliRunner().invoke(
        command, list(words), env=environment, standalone_mode=False, catch_exceptions=False
    )
    if result.exception is not None:
        raise result.exception
    return seen


OF_THE_TARGET = ("app_id", "endpoint")


@pytest.mark.parametrize(
    ("name", "flag", "variable", "from_flag", "from_variable", "from_file"),
    [
        ("app_id", "--app-id=f", "HATHORA_APP_ID=v", "f", "v", "app-file"),
        ("endpoint", "--endpoint=f", "HATHORA_CLOUD_ENDPOINT=v", "f", "v", "http://file"),
        (
            "endpoint",
            "--hathora-cloud-endpoint=f",
            "HATHORA_CLOUD_ENDPOINT=v",
            "f",
            "v",
            "http://file",
        ),
        ("build_tag", "--build-tag=f", "HATHORA_BUILD_TAG=v", "f", "v", "tag-file"),
        ("container_port", "--container-port=3", "HATHORA_DEPLOYMENT_CONTAINER_PORT=2", 3, 2, 1),
        (
            "transport_type",
            "--transport-type=UDP",
            "HATHORA_DEPLOYMENT_TRANSPORT_TYPE=tls",
            "udp",
            "tls",
            "tcp",
        ),
        ("requested_cpu", "--requested-cpu=3", "HATHORA_DEPLOYMENT_REQUESTED_CPU=2.5", 3, 2.5, 1),
        (
            "idle_timeout_enabled",
            "--no-idle-timeout-enabled",
            "HATHORA_DEPLOYMENT_IDLE_TIMEOUT_ENABLED=false",
            False,
            False,
            True,
        ),
        ("region", "--region=washington-dc", "HATHORA_REGION=LONDON", "Washington_DC", "London", "Tokyo"),
    ],
)  # fmt: skip
def test_flags_win_over_variables_and_variables_over_the_file(
    tmp_path: Path,
    name: str,
    flag: str,
    variable: str,
    from_flag: object,
    from_variable: object,
    from_file: object,
) -> None:
    def value(*words: str, **environment: str) -> object:
        seen = values(*words, **environment)
        return getattr(seen["target"], name) if name in OF_THE_TARGET else seen[name]

    key, _, text = variable.partition("=")
    assert value() is None
    (tmp_path / "hathora.toml").write_text(FILE)
    assert value() == from_file
    assert value(**{key: text}) == from_variable
    assert value(flag, **{key: text}) == from_flag


def test_a_token_comes_from_a_flag_or_the_environment_and_is_not_shown() -> None:
    target = values(HATHORA_TOKEN="from-the-environment")["target"]
    assert target.token == Secret("from-the-environment")
    assert "from-the-environment" not in repr(target)
    assert values("--token", "f", HATHORA_TOKEN="v")["target"].token == Secret("f")


def test_an_empty_token_is_none() -> None:
    """A pipeline passes the empty string where its secret is not set."""
    assert values(HATHORA_TOKEN="")["target"].token is None
    assert values("--token", " ")["target"].token is None


def test_a_token_that_cannot_be_one_is_refused_without_showing_it() -> None:
    with pytest.raises(SettingsError) as caught:
        values(HATHORA_TOKEN="half-a\nsecret")
    assert str(caught.value).startswith("HATHORA_TOKEN: ")
    assert "half-a" not in str(caught.value)


def test_local_forgets_an_app_id_that_belongs_to_another_cloud(tmp_path: Path) -> None:
    (tmp_path / "hathora.toml").write_text(FILE)
    assert values("--local", HATHORA_APP_ID="v")["target"].app_id is None
    assert values("--local", "--app-id", "f")["target"].app_id == "f"


@pytest.mark.parametrize("flag", ["--token=t", "--endpoint=http://e"])
def test_local_beside_another_cloud_is_refused(flag: str) -> None:
    with pytest.raises(click.UsageError, match="exclude each other"):
        values("--local", flag)


def test_a_named_settings_file_is_read_instead(tmp_path: Path) -> None:
    (tmp_path / "hathora.toml").write_text(FILE)
    (tmp_path / "staging.toml").write_text('[app]\nid = "app-staging"\n')
    assert values("--config", "staging.toml")["target"].app_id == "app-staging"


def test_a_named_settings_file_that_is_missing_is_told() -> None:
    with pytest.raises(SettingsError, match=r"no file staging\.toml"):
        values("--config", "staging.toml")


def test_the_settings_file_of_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "hathora.toml").write_text('[app]\nid = "app-server"\n')
    assert values("server")["target"].app_id == "app-server"
    assert values()["target"].app_id is None


def test_a_value_of_the_file_that_is_no_good_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "hathora.toml").write_text('[room]\nregion = "Londn"\n')
    with pytest.raises(SettingsError) as caught:
        values()
    assert "hathora.toml: region in [room]: there is no region Londn" in str(caught.value)
    assert "London" in str(caught.value)


def test_a_value_of_the_environment_that_is_no_good_is_told_with_its_variable() -> None:
    with pytest.raises(SettingsError, match=r"^HATHORA_BUILD_TIMEOUT: nan is no number"):
        values(HATHORA_BUILD_TIMEOUT="nan")
    with pytest.raises(SettingsError, match=r"^HATHORA_OUTPUT: 'xml' is not one of"):
        values(HATHORA_OUTPUT="xml")


def test_help_needs_no_good_settings_file(tmp_path: Path) -> None:
    (tmp_path / "hathora.toml").write_text("[nonsense]")
    assert values("--help") == {}


def test_additional_ports_are_read_from_flags_variables_and_the_file(tmp_path: Path) -> None:
    def ports(*words: str, **environment: str) -> list[str]:
        found = values(*words, **environment)["additional_container_ports"]
        return [f"{port.name}:{port.port}/{port.transport_type}" for port in found]

    variable = {"HATHORA_DEPLOYMENT_ADDITIONAL_CONTAINER_PORTS": "a:1/tcp, b:2/udp"}
    (tmp_path / "hathora.toml").write_text(FILE)
    assert ports() == ["file:1/udp"]
    assert ports(**variable) == ["a:1/tcp", "b:2/udp"]
    assert ports("--additional-container-ports", "c:3/tls", **variable) == ["c:3/tls"]


@pytest.mark.parametrize("text", ["query", "query:0/udp", "query:70000/udp", "Q:1/udp", "q:1/icmp"])
def test_an_additional_port_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="NAME:PORT/PROTOCOL"):
        values("--additional-container-ports", text)


def test_variables_of_the_server_keep_equals_signs_commas_and_quotes() -> None:
    given = ["RUST_LOG=a=trace,b=trace", 'MOTD="hi, you"', "EMPTY="]
    env = dict(values(*(word for text in given for word in ("--env", text)))["env"])
    assert {name: value.reveal() for name, value in env.items()} == {
        "RUST_LOG": "a=trace,b=trace",
        "MOTD": '"hi, you"',
        "EMPTY": "",
    }


def settings(*words: str, **environment: str) -> DeploySettings:
    """What a command makes of all that was given."""
    made: list[DeploySettings] = []

    @click.command(cls=Command)
    @with_deployment
    @with_target
    def command(target: TargetSettings, output: Output, **given: Any) -> None:
        made.append(deploy_settings(**given))

    CliRunner().invoke(
        command, list(words), env=environment, standalone_mode=False, catch_exceptions=False
    )
    return made[0]


@pytest.mark.parametrize(
    ("section", "name", "chosen"),
    [
        ("build", "git-timeout", lambda made: made.git_timeout),
        ("cloud", "outage-timeout", lambda made: made.patience.outage),
        ("deployment", "undo-timeout", lambda made: made.patience.undo),
    ],
)
def test_a_deadline_has_a_flag_a_variable_and_a_key_and_is_a_number_of_seconds(
    tmp_path: Path, section: str, name: str, chosen: Callable[[DeploySettings], float]
) -> None:
    flag, variable = f"--{name}=1", f"HATHORA_{name.upper().replace('-', '_')}"
    assert chosen(settings()) == chosen(DeploySettings())
    (tmp_path / "hathora.toml").write_text(f"[{section}]\n{name} = 3\n")
    assert chosen(settings()) == 3
    assert chosen(settings(**{variable: "2"})) == 2
    assert chosen(settings(flag, **{variable: "2"})) == 1
    for wrong in ("-1", "nan", "soon"):
        with pytest.raises(SettingsError, match=f"^{variable}: "):
            settings(**{variable: wrong})
    (tmp_path / "hathora.toml").write_text(f"[{section}]\n{name} = nan\n")
    with pytest.raises(SettingsError, match=rf"{name} in \[{section}\]: nan is no number"):
        settings()


def test_variables_of_the_server_are_added_up_and_flags_win(tmp_path: Path) -> None:
    (tmp_path / "hathora.toml").write_text(
        '[deployment.env]\nA = "file"\nB = "file"\nC = "file"\nD = "file"\n'
        '[staging.deployment.env]\nD = "staging"\n'
    )
    (tmp_path / "server.env").write_text("A=dotenv\nB=dotenv=1,2\n")
    made = settings(
        *("--env", "A=flag", "--env-file", "server.env", "-e", "staging"),
        HATHORA_DEPLOYMENT_ENV="A=variable\nE=variable=1,2\u2028\u0085B=\r\n\n",
    )
    assert {name: value.reveal() for name, value in made.env.items()} == {
        "A": "flag",
        "B": "dotenv=1,2",
        "C": "file",
        "D": "staging",
        "E": "variable=1,2\u2028\u0085B=",
    }
    assert {name: made.origins[f"env.{name}"] for name in made.env} == {
        "A": "--env",
        "B": "server.env",
        "C": "hathora.toml [deployment.env]",
        "D": "hathora.toml [staging.deployment.env]",
        "E": "HATHORA_DEPLOYMENT_ENV",
    }


def test_who_gave_each_setting_is_known(tmp_path: Path) -> None:
    (tmp_path / "hathora.toml").write_text(f"{FILE}[staging.deployment]\nrequested-cpu = 2\n")
    made = settings(
        "--environment=staging", "--container-port=7000", HATHORA_DEPLOYMENT_ROOMS_PER_PROCESS="3"
    )
    wanted = {
        "container_port": "--container-port",
        "rooms_per_process": "HATHORA_DEPLOYMENT_ROOMS_PER_PROCESS",
        "requested_cpu": "hathora.toml [staging.deployment]",
        "transport_type": "hathora.toml [deployment]",
    }
    assert {name: made.origins[name] for name in wanted} == wanted
    assert "requested_memory_mb" not in made.origins
    assert made.requested_cpu == 2


def test_a_file_of_variables_keeps_quotes_commas_equals_signs_and_new_lines(tmp_path: Path) -> None:
    (tmp_path / "server.env").write_text(
        '# for the server\nexport PLAIN=a=b,c\nKEY="-----BEGIN\n  line two\n-----END"\n'
        "SINGLE='it is #1'\nEMPTY=\nDOLLAR='$HOME'\n"
    )
    made = settings(HATHORA_DEPLOYMENT_ENV_FILE="server.env")
    assert {name: value.reveal() for name, value in made.env.items()} == {
        "PLAIN": "a=b,c",
        "KEY": "-----BEGIN\n  line two\n-----END",
        "SINGLE": "it is #1",
        "EMPTY": "",
        "DOLLAR": "$HOME",
    }


@pytest.mark.parametrize("line", ["hunter2", "KEY='hunter2", "hunter2: 1"])
def test_a_line_of_such_a_file_that_is_no_variable_is_told_without_showing_it(
    tmp_path: Path, line: str
) -> None:
    (tmp_path / "server.env").write_text(f"A=1\n{line}\n")
    with pytest.raises(click.BadParameter) as caught:
        settings("--env-file", "server.env")
    assert "server.env:2 is not NAME=VALUE" in caught.value.format_message()
    assert "hunter2" not in caught.value.format_message()


def test_a_file_of_variables_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(click.BadParameter, match=r"none\.env cannot be read: No such file"):
        settings("--env-file", "none.env")
    (tmp_path / "server.env").write_text(f"A={'x' * (5 << 20)}")
    with pytest.raises(click.BadParameter, match=r"server\.env is longer than"):
        settings("--env-file", "server.env")
    (tmp_path / "server.env").write_bytes(b"A=\xff")
    with pytest.raises(
        SettingsError, match=r"HATHORA_DEPLOYMENT_ENV_FILE: server.env is not UTF-8"
    ):
        settings(HATHORA_DEPLOYMENT_ENV_FILE="server.env")


def test_an_environment_without_a_file_that_says_what_it_is_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"no hathora.toml that could say .* staging is"):
        values("--environment", "staging")


def test_a_variable_without_a_value_is_refused_without_showing_it() -> None:
    with pytest.raises(click.BadParameter) as caught:
        values("--env", "hunter2")
    assert "hunter2" not in caught.value.format_message()
    with pytest.raises(SettingsError) as told:
        settings(HATHORA_DEPLOYMENT_ENV="hunter2")
    assert "hunter2" not in str(told.value)


def test_a_rate_has_a_unit() -> None:
    assert values("--limit-rate=10M")["limit_rate"] == 10 << 20
    assert values("--limit-rate=1.5k")["limit_rate"] == 1536
    assert values(HATHORA_BUILD_LIMIT_RATE="700")["limit_rate"] == 700
    assert values()["limit_rate"] is None


@pytest.mark.parametrize("text", ["0", "-1", "fast", "10MB", "M", ""])
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no rate: write 500K or 10M"):
        values(f"--limit-rate={text}")


def test_the_limit_of_the_rate_is_that_of_the_upload() -> None:
    assert settings("--limit-rate=3").upload.rate_limit == 3.0
