"""A call that is given up ends at once, wherever it waits."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from hathora_deploy.client import Abort, HathoraCloud, RetryPolicy
from hathora_deploy.client.errors import RequestAbortedError
from tests.client.conftest import Connect
from tests.client.serving import Handler, Server, writing_until


@contextmanager
def silent(server: Server, *, after: bytes | None = None) -> Iterator[threading.Event]:
    """While the block runs, the server says nothing, or nothing more. The event tells that it is asked."""
    asked, release = threading.Event(), threading.Event()

    def wait(handler: Handler) -> None:
        if after is not None:
            handler.begin_stream()
            handler.send_chunk(after)
        asked.set()
        release.wait(60)
        handler.close_connection = True

    server.answer = wait
    try:
        yield asked
    finally:
        release.set()


@contextmanager
def soon(event: threading.Event, act: Callable[[], None]) -> Iterator[None]:
    """Acts in another thread when the event has come."""

    def wait() -> None:
        assert event.wait(60)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@pytest.mark.parametrize("body", [None, b'{"builds":'], ids=["no answer", "half an answer"])
def test_a_call_that_waits_for_an_answer_is_given_up_from_another_thread(
    server: Server, connect: Connect, body: bytes | None
) -> None:
    abort = Abort()
    cloud = connect(abort=abort, timeout=None)
    with (
        silent(server, after=body) as asked,
        soon(asked, abort.set),
        pytest.raises(RequestAbortedError, match="the call was aborted") as raised,
    ):
        cloud.builds_v3.get_builds()
    assert raised.value.was_sent


def test_a_call_that_waits_for_the_next_attempt_is_given_up(
    server: Server, connect: Connect
) -> None:
    abort, asked = Abort(), threading.Event()

    def busy(handler: Handler) -> None:
        handler.send(503)
        asked.set()

    server.answer = busy
    policy = RetryPolicy(initial_interval=60.0)
    with soon(asked, abort.set), pytest.raises(RequestAbortedError):
        connect(abort=abort, retries=policy).builds_v3.get_builds()
    assert len(server.asked) == 1


def test_a_stream_that_says_nothing_is_given_up(server: Server, connect: Connect) -> None:
    abort = Abort()
    with silent(server, after=b"line\n"):
        stream = connect(app_id="a", abort=abort).logs_v1.get_logs_for_process(process_id="p")
        lines = stream.lines()
        assert next(lines) == "line"
        with soon(_set(), abort.set), pytest.raises(RequestAbortedError):
            next(lines)
        stream.close()


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def test_what_is_given_up_already_is_not_sent(server: Server, connect: Connect) -> None:
    abort = Abort()
    abort.set()

    with pytest.raises(RequestAbortedError) as raised:
        connect(abort=abort).builds_v3.get_builds()
    assert not raised.value.was_sent
    assert server.asked == []


def test_one_abort_ends_the_calls_that_were_given_it_and_no_others(
    server: Server, cloud: HathoraCloud
) -> None:
    abort = Abort()
    abort.set()
    server.answers(200, b'{"builds":[]}')

    with pytest.raises(RequestAbortedError):
        cloud.with_options(abort=abort).builds_v3.get_builds()
    assert cloud.builds_v3.get_builds().builds == []


def test_closing_a_client_ends_its_calls_in_other_threads(server: Server) -> None:
    cloud = HathoraCloud("org-token", endpoint=server.endpoint, timeout=None)
    with (
        silent(server) as asked,
        soon(asked, cloud.close),
        pytest.raises(RequestAbortedError, match="the client was closed"),
    ):
        cloud.builds_v3.get_builds()


def test_a_client_that_is_closed_sends_nothing(server: Server, cloud: HathoraCloud) -> None:
    sharing = cloud.with_options(timeout=5.0)
    cloud.close()

    with pytest.raises(RequestAbortedError, match="the client was closed"):
        sharing.builds_v3.get_builds()
    assert server.asked == []


def test_an_abort_keeps_no_stream_open_that_nobody_reads(server: Server) -> None:
    ended = threading.Event()
    server.answer = writing_until(ended)
    with HathoraCloud("t", app_id="a", endpoint=server.endpoint, abort=Abort()) as cloud:
        assert next(cloud.logs_v1.get_logs_for_process(process_id="p").lines()) == "line"
        gc.collect()
        assert ended.wait(30)


def test_a_signal_handler_may_give_up_in_the_middle_of_a_call() -> None:
    abort = Abort()

    class Interrupted:
        """Is interrupted while it is being added."""

        def __hash__(self) -> int:
            signal.raise_signal(signal.SIGTERM)
            return 0

        def aborted(self) -> None:
            told.append(self)

    told: list[Interrupted] = []
    listener = Interrupted()
    before = signal.signal(signal.SIGTERM, lambda *_: abort.set())
    try:
        abort.add(listener)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert listener in told
