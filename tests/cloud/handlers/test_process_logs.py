from __future__ import annotations

import threading

import pytest

from hathora_deploy.api.errors import NotFound, RequestValidationError
from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from tests.cloud.handlers.conftest import Running, deploy
from tests.cloud.handlers.test_processes import say, when


def test_a_followed_log_goes_on_until_the_process_ends(client: HathoraCloud) -> None:
    deploy(client)
    process_id = client.processes_v3.create_process(region=Region.SEATTLE).process_id
    lines: list[str] = []

    def follow() -> None:
        with client.logs_v1.get_logs_for_process(process_id=process_id, follow=True) as log:
            lines.extend(log.lines())

    reader = threading.Thread(target=follow)
    reader.start()
    process = when(client, process_id, "running")
    say(process, b"one")
    say(process, b"two")
    say(process, b"leave")
    reader.join(timeout=60)

    assert not reader.is_alive()
    assert lines == ["room ", "heard one", "heard two", "heard leave"]


def test_the_tail_of_a_log_is_as_long_as_asked(client: HathoraCloud) -> None:
    deploy(client)
    process = when(
        client, client.processes_v3.create_process(region=Region.SEATTLE).process_id, "running"
    )
    for word in (b"one", b"two", b"leave"):
        say(process, word)
    when(client, process.process_id, "stopped")

    with client.logs_v1.get_logs_for_process(process_id=process.process_id, tail_lines=2) as log:
        assert log.read() == b"heard two\nheard leave\n"
    with client.logs_v1.download_log_for_process(process_id=process.process_id) as log:
        assert log.read() == b"room \nheard one\nheard two\nheard leave\n"


@pytest.mark.parametrize("lines", [0, 5001])
def test_a_tail_outside_the_limits_is_refused(running: Running, lines: int) -> None:
    with pytest.raises(RequestValidationError, match="tail"):
        running.client.logs_v1.get_logs_for_process(app_id="x", process_id="x", tail_lines=lines)


def test_the_log_of_another_organization_is_not_found(
    running: Running, client: HathoraCloud
) -> None:
    deploy(client)
    process_id = client.processes_v3.create_process(region=Region.SEATTLE).process_id

    with pytest.raises(NotFound):
        running.other_org().logs_v1.get_logs_for_process(
            app_id=str(client.app_id), process_id=process_id
        )
