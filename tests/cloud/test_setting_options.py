from __future__ import annotations

from pathlib import Path

import pytest

from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.port_range import PortRange
from hathora_deploy.cloud.rates import Rate
from hathora_deploy.cloud.setting_options import (
    SettingOption,
    chosen,
    described,
    setting_options,
    settings_of,
    to_environment,
)
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.secret import Secret

HERE = Path("/here")


def by_name(setting: SettingOption) -> str:
    return setting.name


@pytest.mark.parametrize("setting", setting_options(), ids=by_name)
def test_every_setting_survives_the_way_into_a_program(setting: SettingOption) -> None:
    value = another(setting)
    settings = CloudSettings(HERE, **{setting.name: value})

    environment = to_environment(settings, {"PATH": "/bin", "HATHORA_CLOUD_PORT": "1"})

    assert environment["PATH"] == "/bin"
    assert settings_of(environment, HERE) == settings
    assert [each.name for each in chosen(settings)] == [setting.name]
    if setting.kind is Secret:
        assert value.reveal() not in described(settings)[setting.name]


def another(setting: SettingOption) -> object:
    """A value that is not the default one."""
    if setting.choices:
        return next(choice for choice in setting.choices if choice != setting.default)
    if setting.kind is bool:
        return not setting.default
    if setting.kind in (int, float):
        return setting.kind((setting.default or 0) + 1)
    if setting.kind is Rate:
        return Rate(0.5, 3)
    return setting.parse(ANOTHER.get(setting.name, "another"))


ANOTHER = {
    "allow_origin": "https://play.example.org,http://[::1]:5173",
    "game_ports": "40000-40001",
    "regions": "Seattle=203.0.113.5,London=game.example.org",
    "trusted_proxies": "10.0.0.5,fd00::/8",
}


def test_a_setting_that_is_named_goes_before_the_environment() -> None:
    environment = {"HATHORA_CLOUD_PORT": "7351", "HATHORA_CLOUD_RUNTIME": "docker"}
    settings = settings_of(environment, HERE, port=7352)
    assert (settings.port, settings.runtime) == (7352, "docker")


def test_an_empty_variable_counts_as_absent() -> None:
    assert settings_of({"HATHORA_CLOUD_PORT": ""}, HERE) == CloudSettings(HERE)


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("HATHORA_CLOUD_MAX_ENTRIES", "many", "is no whole number: many"),
        ("HATHORA_CLOUD_MAX_ENTRIES", "1.5", "is no whole number: 1.5"),
        ("HATHORA_CLOUD_MAX_ENTRIES", "0", "is less than 1: 0"),
        ("HATHORA_CLOUD_PORT", "65536", "is more than 65535: 65536"),
        ("HATHORA_CLOUD_START_TIMEOUT", "soon", "is no number: soon"),
        ("HATHORA_CLOUD_RUNTIME", "podman", "is none of auto, process, docker: podman"),
        ("HATHORA_CLOUD_GAME_PORTS", "34000", "is no range such as 26000-26999: 34000"),
        ("HATHORA_CLOUD_GAME_PORTS", "2-1", "is no range of ports from 1 to 65535: 2-1"),
        ("HATHORA_CLOUD_REGIONS", "Seattle", "is no pair such as Seattle=203.0.113.5: Seattle"),
        (
            "HATHORA_CLOUD_REGIONS",
            "Atlantis=localhost",
            "names Atlantis, which is none of Seattle, .*",
        ),
        ("HATHORA_CLOUD_REGIONS", "London=a,London=b", "names London twice"),
        ("HATHORA_CLOUD_REGIONS", "London=a b", "is no name and no address of a machine: a b"),
        ("HATHORA_CLOUD_REGIONS", "London=0.0.0.0", "is no name and no address .*: 0.0.0.0"),
        ("HATHORA_CLOUD_HOSTS", "a,,b", "is no name and no address of a machine: nothing"),
        (
            "HATHORA_CLOUD_TRUSTED_PROXIES",
            "10.0.0.5/8",
            "is no address and no network .*: 10.0.0.5/8",
        ),
        ("HATHORA_CLOUD_ALLOW_ORIGIN", "play.example.org", "is no origin such as .*"),
        ("HATHORA_CLOUD_TRUSTED_PROXIES", "proxy", "is no address and no network .*: proxy"),
    ],
)
def test_what_is_no_such_setting_is_named(variable: str, text: str, said: str) -> None:
    with pytest.raises(CloudStartError, match=f"^{variable} {said}$") as caught:
        settings_of({variable: text}, HERE)
    assert caught.value.hint


def test_a_range_of_ports_has_both_of_its_ends() -> None:
    ports = PortRange.parse("40000-40009")
    assert (len(ports), ports.numbers[0], ports.numbers[-1]) == (10, 40000, 40009)


def test_a_file_is_the_same_wherever_the_program_runs_that_reads_it() -> None:
    settings = settings_of({"HATHORA_CLOUD_TLS_KEY": "key.pem"}, HERE)
    assert settings.tls_key == Path.cwd() / "key.pem"


def test_players_of_a_region_are_sent_to_its_host() -> None:
    regions = {"HATHORA_CLOUD_REGIONS": "seattle=203.0.113.5, London=Game.Example.org"}
    settings = settings_of({**regions, "HATHORA_CLOUD_PUBLIC_HOST": "192.0.2.1"}, HERE)
    assert settings.host_of("Seattle") == "203.0.113.5"
    assert settings.host_of("London") == "game.example.org"
    assert settings.host_of("Tokyo") == "192.0.2.1"
