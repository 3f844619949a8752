"""hathora.toml: what it may say, and how a mistake in it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from hathora_deploy.cli import settings_file
from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.cli.templates import SETTINGS


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "hathora.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_each_key_sets_an_option(write) -> None:
    path = write(
        """
        [app]
        id = "app-1"
        [cloud]
        endpoint = "https://cloud.example"
        [build]
        tag = "v1"
        dockerfile = "server.Dockerfile"
        [deployment]
        container-port = 7777
        transport_type = "udp"
        additional-container-ports = ["query:27016/udp"]
        requested-cpu = 1
        idle-timeout-enabled = false
        [deployment.env]
        LOG = "game=trace,net=debug"
        [hooks]
        before-packaging = "make server"
        after-build = ["python3", "check.py"]
        timeout = 60
        [room]
        region = "London"
        """
    )
    said = settings_file.read(path)
    assert said.values == {
        "app_id": "app-1",
        "endpoint": "https://cloud.example",
        "build_tag": "v1",
        "dockerfile": "server.Dockerfile",
        "container_port": 7777,
        "transport_type": "udp",
        "additional_container_ports": ["query:27016/udp"],
        "requested_cpu": 1,
        "idle_timeout_enabled": False,
        "before_packaging": "make server",
        "after_build": ["python3", "check.py"],
        "hook_timeout": 60,
        "region": "London",
    }
    assert said.env == {"LOG": "game=trace,net=debug"}
    assert said.origin_of("region") == "hathora.toml [room]"
    assert said.origin_of("env.LOG") == "hathora.toml [deployment.env]"


ENVIRONMENTS = """
    [cloud]
    endpoint = "https://cloud.example"
    [deployment]
    requested-cpu = 1
    rooms-per-process = 4
    env = { LOG = "info", MODE = "ranked" }
    [staging]
    app.id = "app-staging"
    [production.app]
    id = "app-production"
    [production.deployment]
    requested-cpu = 4
    env = { LOG = "warning" }
"""


def test_an_environment_wins_over_what_is_said_for_all(write) -> None:
    path = write(ENVIRONMENTS)
    production = settings_file.read(path, environment="production")
    assert production.values == {
        "endpoint": "https://cloud.example",
        "requested_cpu": 4,
        "rooms_per_process": 4,
        "app_id": "app-production",
    }
    assert production.env == {"LOG": "warning", "MODE": "ranked"}
    assert production.origin_of("requested_cpu") == "hathora.toml [production.deployment]"
    assert production.origin_of("rooms_per_process") == "hathora.toml [deployment]"
    assert production.origin_of("env.MODE") == "hathora.toml [deployment.env]"
    assert settings_file.read(path, environment="staging").values["app_id"] == "app-staging"
    assert "app_id" not in settings_file.read(path).values


def test_an_environment_that_is_not_there_is_told_with_those_that_are(write) -> None:
    with pytest.raises(SettingsError, match="has no environment live") as caught:
        settings_file.read(write(ENVIRONMENTS), environment="live")
    assert caught.value.hint == "it has staging, production"
    with pytest.raises(SettingsError) as caught:
        settings_file.read(write(""), environment="live")
    assert "[live.app]" in str(caught.value.hint)


def test_a_mistake_in_an_environment_is_told_whichever_is_meant(write) -> None:
    with pytest.raises(
        SettingsError, match=r"hathora.toml:3 \[live.deployment\]: there is no key cpu"
    ):
        settings_file.read(write("[staging.app]\n[live.deployment]\ncpu = 2\n"))
    with pytest.raises(SettingsError, match=r"hathora.toml:1: there is no section deploymnet"):
        settings_file.read(write("[live.deploymnet]\n"))


def test_the_template_says_nothing_until_a_line_is_uncommented(write) -> None:
    assert settings_file.read(write(SETTINGS)).values == {}


def test_every_line_of_the_template_is_good_when_it_is_uncommented(write) -> None:
    lines = SETTINGS.splitlines()
    uncommented = [line[2:] if line.startswith("# ") and " = " in line else line for line in lines]
    said = settings_file.read(write("\n".join(uncommented)))
    assert said.values["app_id"].startswith("app-")
    assert said.values["additional_container_ports"] == ["query:27016/udp"]
    assert said.env == {"LOG_LEVEL": "info"}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            '[app]\nname = "arena"\n',
            "hathora.toml:2 [app]: there is no key name",
            "what there is: id",
        ),
        (
            "[deployment]\n\ncontainer-prot = 7777\n",
            "hathora.toml:3 [deployment]: there is no key container-prot",
            "did you mean container-port?",
        ),
        (
            '[deploymnet]\ntag = "v1"\n',
            "hathora.toml:1: there is no section deploymnet",
            "did you mean deployment?",
        ),
        ('app = "arena"\n', "hathora.toml:1: app is a section", "write [app]"),
        (
            '[staging]\nid = "app-1"\n',
            "hathora.toml:1: there is no section staging",
            "an environment has these below it: [staging.app]",
        ),
        (
            '[deployment]\nrequested-cpu = "2"\n',
            "hathora.toml:2: requested-cpu in [deployment] is to be a number",
            None,
        ),
        (
            "[deployment]\ncontainer-port = true\n",
            "hathora.toml:2: container-port in [deployment] is to be a whole number",
            None,
        ),
        (
            "[deployment]\nadditional-container-ports = [1]\n",
            "additional-container-ports in [deployment] is to be a list of texts",
            None,
        ),
        (
            "[hooks]\nafter-build = [1]\n",
            "hathora.toml:2: after-build in [hooks] is to be a text in quotes, or a list of them",
            None,
        ),
        (
            "[deployment.env]\nPORT = 7777\n",
            "hathora.toml:2: PORT in [deployment.env] is to be a text in quotes",
            "PORT =",
        ),
        ('[cloud]\ntoken = "s3cret"\n', "hathora.toml:2: a token does not belong", "HATHORA_TOKEN"),
        ('token = "s3cret"\n', "hathora.toml:1: a token does not belong", "HATHORA_TOKEN"),
        ("[app\n", "is not TOML", "texts stand in quotes"),
        (f"a = {'[' * 10_000}", "is nested too deeply", None),
    ],
)
def test_a_mistake_is_told_with_its_place(write, text: str, message: str, hint: str | None) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_file.read(write(text))
    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert hint is None or hint in str(caught.value.hint)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "hathora.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="is not UTF-8 text"):
        settings_file.read(tmp_path / "hathora.toml")


def test_the_mark_that_windows_begins_a_text_with_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "hathora.toml").write_bytes(b'\xef\xbb\xbf[app]\r\nid = "app-1"\r\n')
    assert settings_file.read(tmp_path / "hathora.toml").values == {"app_id": "app-1"}


def test_the_file_of_the_folder_goes_before_that_of_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = tmp_path / "server"
    server.mkdir()
    monkeypatch.chdir(tmp_path)
    assert settings_file.find(server) is None
    (tmp_path / "hathora.toml").touch()
    assert settings_file.find(server) == Path("hathora.toml")
    (server / "hathora.toml").touch()
    assert settings_file.find(server) == server / "hathora.toml"
