"""What is sent again, and what is not."""

from __future__ import annotations

import io
import logging
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from hathora_deploy.api.deprecated.builds_v2 import RunBuildV2Deprecated
from hathora_deploy.api.errors import InternalServerError, ServiceUnavailable, TooManyRequests
from hathora_deploy.client import HathoraCloud, RetryPolicy
from hathora_deploy.client.errors import ConnectionError, RequestTimeoutError
from tests.client.conftest import Connect
from tests.client.serving import Handler, Server, cut, whole

AT_ONCE = RetryPolicy(max_attempts=3, initial_interval=0.0)
CONNECTIONS_TOO = RetryPolicy(max_attempts=3, initial_interval=0.0, connection_errors=True)
BUSY = whole(503, b'{"message":"busy"}')
NO_BUILDS = whole(200, b'{"builds":[]}')


def test_nothing_is_sent_twice_unless_asked_for(server: Server, cloud: HathoraCloud) -> None:
    server.answers_in_turn(BUSY, NO_BUILDS)

    with pytest.raises(ServiceUnavailable):
        cloud.builds_v3.get_builds()
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_that_may_pass_is_tried_again(
    server: Server, connect: Connect, status: int
) -> None:
    server.answers_in_turn(whole(status), whole(status), NO_BUILDS)

    assert connect(retries=AT_ONCE).builds_v3.get_builds().builds == []
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 408, 409, 422, 501])
def test_a_refusal_that_stays_is_told_at_once(
    server: Server, connect: Connect, status: int
) -> None:
    server.answers(status, b'{"message":"no"}')

    with pytest.raises(Exception, match="no"):
        connect(retries=AT_ONCE).builds_v3.get_builds()
    assert len(server.asked) == 1


def test_the_last_failure_is_told_when_the_attempts_are_used_up(
    server: Server, connect: Connect
) -> None:
    server.answers_in_turn(BUSY, BUSY, whole(500, b'{"message":"broken"}'))

    with pytest.raises(InternalServerError, match="broken"):
        connect(retries=AT_ONCE).builds_v3.get_builds()
    assert len(server.asked) == 3


def test_retries_are_switched_on_for_one_call(server: Server, cloud: HathoraCloud) -> None:
    server.answers_in_turn(BUSY, NO_BUILDS, BUSY)

    cloud.with_options(retries=AT_ONCE).builds_v3.get_builds()
    with pytest.raises(ServiceUnavailable):
        cloud.builds_v3.get_builds()


def test_a_post_is_not_repeated_after_a_failure_that_may_have_done_something(
    server: Server, connect: Connect
) -> None:
    cloud = connect(app_id="app-1", retries=CONNECTIONS_TOO)
    server.answer = BUSY
    with pytest.raises(ServiceUnavailable):
        cloud.builds_v3.create_build(build_size_in_bytes=1)
    server.answer = cut
    with pytest.raises(ConnectionError):
        cloud.builds_v3.create_build(build_size_in_bytes=1)
    assert len(server.asked) == 2


def test_a_post_is_repeated_after_a_429_for_nothing_was_done(
    server: Server, connect: Connect
) -> None:
    server.answers(429, b'{"message":"slow down"}')

    with pytest.raises(TooManyRequests):
        connect(retries=AT_ONCE).builds_v3.create_build(build_size_in_bytes=1)
    assert len(server.asked) == 3


def test_a_post_is_repeated_when_the_program_says_that_it_may_be(
    server: Server, connect: Connect
) -> None:
    server.answers_in_turn(BUSY, cut, whole(404, b'{"message":"found"}'))
    policy = RetryPolicy(initial_interval=0.0, connection_errors=True, repeat_unsafe=True)

    with pytest.raises(Exception, match="found"):
        connect(retries=policy).builds_v3.create_build(build_size_in_bytes=1)
    assert [asked.body for asked in server.asked] == [b'{"buildSizeInBytes":1}'] * 3


def test_a_connection_that_is_cut_is_tried_again_only_on_request(
    server: Server, connect: Connect
) -> None:
    server.answer = cut
    with pytest.raises(ConnectionError):
        connect(retries=AT_ONCE).builds_v3.get_builds()
    assert len(server.asked) == 1

    server.answers_in_turn(cut, NO_BUILDS)
    connect(retries=CONNECTIONS_TOO).builds_v3.get_builds()
    assert len(server.asked) == 3


def test_a_post_whose_connection_was_refused_is_tried_again(
    server: Server, connect: Connect
) -> None:
    with socket.socket() as late:
        late.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{late.getsockname()[1]}"
        tried: list[str] = []
        policy = RetryPolicy(max_attempts=3, initial_interval=0.0, connection_errors=True)
        cloud = connect(endpoint=endpoint, retries=policy)
        cloud = cloud.with_options(hooks=_counting(tried))
        with pytest.raises(ConnectionError, match="refused"):
            cloud.builds_v3.create_build(build_size_in_bytes=1)
    assert tried == ["POST"] * 3


def _counting(tried: list[str]) -> Any:
    from hathora_deploy.client import Hooks

    return Hooks(before_request=(lambda request: tried.append(request.method),))


@pytest.mark.parametrize("asked", ["3600", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_the_pause_that_a_cloud_asks_for_is_kept_and_capped(
    server: Server, connect: Connect, caplog: pytest.LogCaptureFixture, asked: str
) -> None:
    server.answers_in_turn(whole(429, Retry_After=asked), NO_BUILDS)
    policy = RetryPolicy(initial_interval=0.0, max_interval=0.05)

    with caplog.at_level(logging.DEBUG, logger="hathora_deploy.client"):
        connect(retries=policy).builds_v3.get_builds()

    assert "the next attempt is in 0.050 s" in caplog.messages


@pytest.mark.parametrize("limit", [{"deadline": 30.0}, {}], ids=["deadline", "max_elapsed"])
def test_no_pause_is_begun_that_would_not_end_in_time(
    server: Server, connect: Connect, limit: dict[str, float]
) -> None:
    server.answers(503, b'{"message":"busy"}', Retry_After="50")
    policy = RetryPolicy(max_elapsed=3600.0 if limit else 30.0)

    with pytest.raises(ServiceUnavailable, match="busy"):
        connect(retries=policy, **limit).builds_v3.get_builds()
    assert len(server.asked) == 1


def test_a_deadline_ends_an_attempt_that_is_under_way(server: Server, connect: Connect) -> None:
    release = threading.Event()

    def dawdle(handler: Handler) -> None:
        release.wait(30)
        handler.close_connection = True

    server.answer = dawdle
    cloud = connect(deadline=0.3, retries=CONNECTIONS_TOO)
    try:
        with pytest.raises(RequestTimeoutError):
            cloud.builds_v3.get_builds()
    finally:
        release.set()


def test_a_deadline_cuts_no_stream_that_has_begun(server: Server, connect: Connect) -> None:
    read = threading.Event()
    passed = threading.Event()

    def write(handler: Handler) -> None:
        handler.begin_stream()
        handler.send_chunk(b"one\n")
        assert read.wait(30)
        passed.wait(2.2)  # longer than the deadline and the timeout
        handler.send_chunk(b"two\n")
        handler.send_chunk(b"")

    server.answer = write
    lines = connect(deadline=2.0, timeout=2.0).builds_v3.run_build(build_id="b").lines()

    assert next(lines) == "one"
    read.set()
    assert next(lines) == "two"


def test_a_stream_that_is_refused_for_a_moment_is_opened_again(
    server: Server, connect: Connect
) -> None:
    server.answers_in_turn(BUSY, whole(200, b"line\n"))

    stream = connect(app_id="a", retries=AT_ONCE).logs_v1.get_logs_for_process(process_id="p")
    assert list(stream.lines()) == ["line"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_file_is_sent_again_from_where_it_stood(
    server: Server, connect: Connect, tmp_path: Path
) -> None:
    archive = tmp_path / "archive.tgz"
    archive.write_bytes(b"skipped" + b"content")
    server.answers_in_turn(whole(429), whole(200, b"done"))

    with archive.open("rb") as file:
        file.seek(len(b"skipped"))
        cloud = connect(app_id="app-1", retries=AT_ONCE)
        cloud.execute(RunBuildV2Deprecated(build_id=1, file=file)).close()

    assert [b"\r\n\r\ncontent\r\n--" in asked.body for asked in server.asked] == [True, True]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_file_that_cannot_be_rewound_is_not_sent_twice(server: Server, connect: Connect) -> None:
    class Pipe(io.RawIOBase):
        left = b"content"

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            piece, self.left = self.left[: len(buffer)], self.left[len(buffer) :]
            buffer[: len(piece)] = piece
            return len(piece)

    server.answers(429, b'{"message":"slow down"}')
    cloud = connect(app_id="app-1", retries=AT_ONCE)
    with pytest.raises(TooManyRequests):
        cloud.execute(RunBuildV2Deprecated(build_id=1, file=Pipe()))

    (asked,) = server.asked
    assert b"\r\n\r\ncontent\r\n--" in asked.body
    assert asked.headers["transfer-encoding"] == "chunked"
