"""Which cloud a command speaks to."""

from __future__ import annotations

import socket
import sys

import pytest

from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.cli.options import TargetSettings
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import Choice, choose, cloud_folder, reach
from hathora_deploy.client.errors import TransportError
from hathora_deploy.secret import Secret

from .conftest import Run

TOKEN = Secret("t")


@pytest.mark.parametrize(
    ("settings", "environment", "choice"),
    [
        (TargetSettings(), {}, Choice.LOCAL),
        (TargetSettings(), {"CI": "false"}, Choice.LOCAL),
        (TargetSettings(token=TOKEN), {}, Choice.HOSTED),
        (TargetSettings(token=TOKEN), {"CI": "true"}, Choice.HOSTED),
        (TargetSettings(token=TOKEN, endpoint="http://e"), {"CI": "1"}, Choice.ENDPOINT),
        (TargetSettings(endpoint="http://e"), {}, Choice.OWN_ENDPOINT),
        (TargetSettings(local=True, token=TOKEN, endpoint="http://e"), {}, Choice.LOCAL),
        (TargetSettings(local=True), {"CI": "true"}, Choice.LOCAL),
    ],
)
def test_the_cloud_follows_from_what_is_named(
    settings: TargetSettings, environment: dict[str, str], choice: Choice
) -> None:
    assert choose(settings, environment) is choice


def test_a_pipeline_starts_no_cloud_unasked() -> None:
    with pytest.raises(SettingsError) as caught:
        choose(TargetSettings(), {"CI": "true"})
    assert "HATHORA_TOKEN" in str(caught.value)
    assert "HATHORA_CLOUD_ENDPOINT" in str(caught.value)


def test_an_endpoint_without_a_token_is_refused(run: Run) -> None:
    done = run("apps", "--endpoint", "http://127.0.0.1:1")
    assert done.returncode == 2
    assert "no token for it" in done.stderr
    assert "HATHORA_TOKEN" in done.stderr


def test_an_endpoint_that_is_no_url_is_refused(run: Run) -> None:
    done = run("apps", "--endpoint", "cloud.example:7350", HATHORA_TOKEN="t")
    assert done.returncode == 2
    assert "http://cloud.example:7350" in done.stderr


@pytest.mark.parametrize("token", ["", "t"])
@pytest.mark.parametrize(
    "endpoint",
    ["hush", "hush.hush", "https://user:hush@cloud.example", "https://cloud.example/?key=hush"],
)
def test_an_endpoint_that_may_hold_a_secret_is_refused_and_not_shown(
    run: Run, endpoint: str, token: str
) -> None:
    done = run("apps", HATHORA_CLOUD_ENDPOINT=endpoint, HATHORA_TOKEN=token)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the endpoint ")
    assert "hint: an endpoint looks like" in done.stderr
    assert "hush" not in done.stderr


def test_an_endpoint_of_the_environment_is_no_matter_beside_local(run: Run) -> None:
    done = run("apps", "--local", HATHORA_CLOUD_ENDPOINT="nonsense", HATHORA_DATA_DIR="/dev/null/x")
    assert "endpoint" not in done.stderr


def test_an_endpoint_where_nobody_listens_is_named(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    done = run("apps", "--endpoint", f"http://127.0.0.1:{port}", HATHORA_TOKEN="hush")
    assert done.returncode == 1
    assert f"http://127.0.0.1:{port} refused the connection" in done.stderr
    assert "hint: " in done.stderr
    assert "hush" not in done.stderr


def test_when_the_hosted_service_is_out_of_reach_its_end_is_told() -> None:
    with pytest.raises(TransportError) as caught:  # noqa: SIM117 - the inner one is under test
        with reach(TargetSettings(token=TOKEN), Output()):
            raise TransportError("unknown host")
    assert "2026-05-05" in str(caught.value.hint)
    assert "--local" in str(caught.value.hint)


def test_on_windows_there_is_no_local_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SettingsError, match="not on Windows") as caught:
        cloud_folder(None)
    assert "--endpoint" in str(caught.value.hint)
