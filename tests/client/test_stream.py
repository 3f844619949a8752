"""Answers that arrive over time: each line at once, and none that is lost unnoticed."""

from __future__ import annotations

import threading

import pytest

from hathora_deploy.api.errors import NotFound, UnexpectedAnswer
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import ConnectionError
from tests.client.serving import Handler, Server, writing_until


def test_a_line_is_handed_out_before_the_next_is_written(
    server: Server, cloud: HathoraCloud
) -> None:
    read = threading.Event()

    def write(handler: Handler) -> None:
        handler.begin_stream()
        handler.send_chunk(b"one\r\ntw")
        assert read.wait(30)
        handler.send_chunk(b"o\n\n")
        handler.send_chunk("thrée".encode())
        handler.send_chunk(b"")

    server.answer = write
    lines = cloud.builds_v3.run_build(build_id="b").lines()

    assert next(lines) == "one"
    read.set()
    assert list(lines) == ["two", "", "thrée"]


def test_a_line_is_whole_wherever_it_was_cut_on_the_way(
    server: Server, cloud: HathoraCloud
) -> None:
    text = "ä\r\nlong " + "x" * 200_000 + "\nlast"

    def write(handler: Handler) -> None:
        handler.begin_stream()
        data = text.encode()
        for at in range(0, len(data), 997):
            handler.send_chunk(data[at : at + 997])
        handler.send_chunk(b"")

    server.answer = write

    lines = cloud.logs_v1.get_logs_for_process(process_id="p").lines()
    assert list(lines) == ["ä", "long " + "x" * 200_000, "last"]


def test_bytes_that_are_no_text_are_shown_as_such(server: Server, cloud: HathoraCloud) -> None:
    server.answers(200, b"a\xff\n")

    assert list(cloud.logs_v1.get_logs_for_process(process_id="p").lines()) == ["a\ufffd"]


def test_lines_that_came_before_a_cut_are_handed_out_and_then_the_cut_is_told(
    server: Server, cloud: HathoraCloud
) -> None:
    def cut(handler: Handler) -> None:
        handler.begin_stream()
        handler.send_chunk(b"one\ntw")
        handler.close_connection = True

    server.answer = cut
    lines = cloud.builds_v3.run_build(build_id="b").lines()

    assert [next(lines), next(lines)] == ["one", "tw"]
    with pytest.raises(ConnectionError, match="cut the connection"):
        next(lines)


def test_a_whole_stream_can_be_read_at_once(server: Server, cloud: HathoraCloud) -> None:
    server.answers(200, b"x" * 300_000)

    with cloud.logs_v1.download_log_for_process(process_id="p") as stream:
        assert stream.read() == b"x" * 300_000
    assert server.asked[0].headers["accept"] == "application/octet-stream"


def test_a_stream_that_is_left_ends_the_connection(server: Server, cloud: HathoraCloud) -> None:
    ended = threading.Event()
    server.answer = writing_until(ended)
    with cloud.logs_v1.get_logs_for_process(process_id="p", follow=True) as stream:
        assert next(stream.lines()) == "line"

    assert ended.wait(30)


def test_a_stream_that_is_refused_is_an_error(server: Server, cloud: HathoraCloud) -> None:
    server.answers(404, b'{"message":"no such build"}')

    with pytest.raises(NotFound, match="RunBuild: no such build"):
        cloud.builds_v3.run_build(build_id="b")


def test_a_stream_that_is_left_by_an_error_ends_the_connection(
    server: Server, cloud: HathoraCloud
) -> None:
    ended = threading.Event()
    server.answer = writing_until(ended)
    stream = cloud.logs_v1.get_logs_for_process(process_id="p", follow=True)
    with pytest.raises(ZeroDivisionError), stream:
        raise ZeroDivisionError

    assert ended.wait(30)


def test_a_stream_of_something_else_is_refused_and_closed(
    server: Server, cloud: HathoraCloud
) -> None:
    server.answers(200, b"<html>log in</html>", Content_Type="text/html; charset=utf-8")

    with pytest.raises(UnexpectedAnswer, match="HTTP 200 OK with text/html") as raised:
        cloud.builds_v3.run_build(build_id="b")
    assert raised.value.status == 200


@pytest.mark.parametrize("kind", ["application/octet-stream", "text/plain; charset=utf-8"])
def test_a_stream_may_come_as_bytes_or_as_text(
    server: Server, cloud: HathoraCloud, kind: str
) -> None:
    server.answers(200, b"line\n", Content_Type=kind)

    assert list(cloud.builds_v3.run_build(build_id="b").lines()) == ["line"]
