from __future__ import annotations

import threading
import time

import pytest

from hathora_deploy.api.errors import NotFound, ServiceUnavailable
from hathora_deploy.client.errors import ConnectionError
from hathora_deploy.client.stream import Stream
from hathora_deploy.pipeline.build_log import log_lines
from hathora_deploy.pipeline.poll import poll

FAR = 60.0


class Answers:
    """Gives each answer in turn, the last for ever; an error is raised."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self) -> object:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_question_is_asked_until_there_is_an_answer() -> None:
    ask = Answers(None, None, "yes")
    assert poll(ask, deadline=time.monotonic() + FAR, outage=FAR) == "yes"
    assert ask.asked == 3


def test_the_answer_at_the_deadline_is_none() -> None:
    assert poll(Answers(None), deadline=time.monotonic() + 0.1, outage=FAR) is None


def test_even_after_the_deadline_a_question_is_asked_once() -> None:
    assert poll(Answers("yes"), deadline=time.monotonic() - 1, outage=FAR) == "yes"


def test_errors_that_may_pass_are_passed_over_for_a_while() -> None:
    ask = Answers(ServiceUnavailable("busy"), ConnectionError("cut"), "yes")
    assert poll(ask, deadline=time.monotonic() + FAR, outage=FAR) == "yes"


def test_errors_that_do_not_pass_are_raised_in_the_end() -> None:
    with pytest.raises(ConnectionError):
        poll(Answers(ConnectionError("cut")), deadline=time.monotonic() + FAR, outage=0.1)


def test_a_refusal_is_raised_at_once() -> None:
    ask = Answers(NotFound("gone"))
    with pytest.raises(NotFound):
        poll(ask, deadline=time.monotonic() + FAR, outage=FAR)
    assert ask.asked == 1


class SilentConnection:
    """One whose other end says a word and is gone, and nobody tells."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self._said = iter([b"Step 1/2\n"])

    def read(self) -> bytes:
        said = next(self._said, b"")
        if not said:
            self.closed.wait(30)
        return said

    def close(self) -> None:
        self.closed.set()


def test_a_log_whose_end_does_not_arrive_is_given_up_once_the_build_has_ended() -> None:
    connection, asked = SilentConnection(), iter([False, True])
    lines = log_lines(
        lambda: Stream(connection),
        deadline=time.monotonic() + FAR,
        is_over=lambda: next(asked),
        silence=0.0,
    )
    try:
        assert next(lines) == "Step 1/2"
        with pytest.raises(ConnectionError, match="its end did not arrive"):
            next(lines)
        assert not connection.closed.is_set()
    finally:
        connection.close()


def never() -> bool:
    return False


def test_a_silent_log_does_not_hold_up_the_deadline() -> None:
    release = threading.Event()

    def run() -> Stream:
        release.wait(30)
        raise ConnectionError("too late")

    try:
        assert list(log_lines(run, deadline=time.monotonic() + 0.1, is_over=never)) == []
        assert not release.is_set()
    finally:
        release.set()


def test_what_nobody_foresaw_while_a_log_was_read_is_raised_where_it_is_read() -> None:
    def run() -> Stream:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(log_lines(run, deadline=time.monotonic() + FAR, is_over=never))
