"""The debug log tells what was sent and answered, and no secret."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from hathora_deploy.api.deployments import CreateDeployment, EnvironmentVariable
from hathora_deploy.api.errors import ApiError
from hathora_deploy.api.network import TransportType
from hathora_deploy.client import HathoraCloud, RetryPolicy
from hathora_deploy.client.errors import ConnectionError
from hathora_deploy.secret import Secret
from tests.client.conftest import Connect
from tests.client.serving import Server, cut, whole

CREATED = {
    "orgId": "o",
    "buildId": "b",
    "createdBy": "c",
    "createdAt": "2026-01-02T03:04:05Z",
    "startedAt": None,
    "finishedAt": None,
    "deletedAt": None,
    "status": "created",
    "imageSize": 0,
    "maxChunkSize": 10,
    "uploadParts": [{"partNumber": 1, "putRequestUrl": "http://store/hidden-part"}],
    "completeUploadPostRequestUrl": "http://store/hidden-completion",
}


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger="hathora_deploy.client")
    return caplog


def test_it_tells_what_is_sent_and_what_is_answered(
    server: Server, cloud: HathoraCloud, log: pytest.LogCaptureFixture
) -> None:
    server.answers(200, b'{"builds":[]}', X_Request_Id="req-9")
    cloud.builds_v3.get_builds()

    sent, answered = (text for text in log.messages if text.startswith("GetBuilds"))
    assert f"attempt 1: GET {server.endpoint}/builds/v3/builds?orgId=org-1" in sent
    assert "'Authorization': '[REDACTED]'" in sent
    assert "GetBuilds: 200 OK" in answered
    assert "req-9" in answered
    assert '{"builds": []}' in answered


def test_it_tells_of_attempts_and_pauses(
    server: Server, connect: Connect, log: pytest.LogCaptureFixture
) -> None:
    server.answers_in_turn(cut, whole(200, b'{"builds":[]}'))
    connect(
        retries=RetryPolicy(initial_interval=0.0, connection_errors=True)
    ).builds_v3.get_builds()

    assert "the next attempt is in 0.000 s" in log.messages
    assert any("cut the connection; " in text for text in log.messages)
    assert any("GetBuilds, attempt 2: GET" in text for text in log.messages)


def test_it_tells_no_secret_of_a_call_or_an_answer(
    server: Server, cloud: HathoraCloud, log: pytest.LogCaptureFixture
) -> None:
    server.answers_in_turn(
        whole(201, json.dumps(CREATED).encode(), Set_Cookie="session=hidden-session"),
        whole(400, b'{"message":"no hidden-value, org-token"}', X_Echo="org-token"),
        cut,
    )
    created = cloud.builds_v3.create_build(build_size_in_bytes=5)
    assert created.upload_parts[0].put_request_url.reveal() == "http://store/hidden-part"
    deployment = CreateDeployment(
        build_id="b",
        requested_cpu=0.5,
        requested_memory_mb=1024,
        container_port=7777,
        transport_type=TransportType.UDP,
        rooms_per_process=1,
        env=[EnvironmentVariable(name="KEY", value=Secret("hidden-value"))],
        idle_timeout_enabled=False,
    )
    with pytest.raises(ApiError):
        cloud.execute(deployment)
    with pytest.raises(ConnectionError):
        cloud.execute(deployment)

    told = "\n".join(text for text in log.messages)
    assert '"env": [{"name": "KEY", "value": "[REDACTED]"}]' in told
    assert '"putRequestUrl": "[REDACTED]"' in told
    assert "hidden" not in told
    assert "org-token" not in told


def test_it_tells_of_a_stream_only_what_it_is(
    server: Server, cloud: HathoraCloud, log: pytest.LogCaptureFixture
) -> None:
    server.answers(200, b"said by a game\n", Content_Type="application/octet-stream")
    assert list(cloud.logs_v1.get_logs_for_process(process_id="p").lines()) == ["said by a game"]

    assert any(text.endswith("<application/octet-stream>") for text in log.messages)
    assert not any("said by a game" in text for text in log.messages)


def test_it_costs_no_more_than_a_look_where_nobody_listens(
    server: Server, cloud: HathoraCloud, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers(200, b'{"builds":[]}')
    caplog.set_level(logging.INFO, logger="hathora_deploy.client")
    cloud.builds_v3.get_builds()

    assert [each for each in caplog.records if each.name == "hathora_deploy.client"] == []


@pytest.mark.parametrize(("value", "is_on"), [("1", True), ("0", False), ("", False)])
def test_a_variable_switches_it_on_without_any_other_set_up(
    server: Server, value: str, is_on: bool
) -> None:
    server.answers(200, b'{"builds":[]}')
    program = (
        "from hathora_deploy.client import HathoraCloud\n"
        f"cloud = HathoraCloud('org-token', endpoint={server.endpoint!r})\n"
        "cloud.with_options(timeout=60).builds_v3.get_builds()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"HATHORA_DEBUG": value},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == ""
    assert done.stderr.count("attempt 1: GET") == (1 if is_on else 0)
    assert "org-token" not in done.stderr
