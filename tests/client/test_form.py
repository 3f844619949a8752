"""Files are sent as they are read, whole, and with a length where it can be known."""

from __future__ import annotations

import io
import tracemalloc
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import IO

import pytest

from hathora_deploy.api.deprecated.builds_v2 import RunBuildV2Deprecated
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import InvalidRequestError
from hathora_deploy.client.form import Form
from tests.client.serving import Asked, Server

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def parts(asked: Asked) -> list[tuple[str | None, str | None, bytes]]:
    """The parts of a form as a parser of others reads them: name, file name and content."""
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + asked.body)
    return [
        (
            part.get_param("name", header="content-disposition"),  # type: ignore[misc]  # a str
            part.get_filename(),
            part.get_payload(decode=True),  # type: ignore[misc]  # bytes
        )
        for part in message.iter_parts()
    ]


def test_a_file_is_sent_with_its_name_and_its_length(
    server: Server, cloud: HathoraCloud, tmp_path: Path
) -> None:
    path = tmp_path / "archive.tgz"
    path.write_bytes(b"\x1f\x8b" + bytes(range(256)) * 10)
    server.answers(200, b"done\n")

    with path.open("rb") as file:
        operation = RunBuildV2Deprecated(build_id=7, file=file)
        with cloud.execute(operation) as stream:
            assert list(stream.lines()) == ["done"]

    (asked,) = server.asked
    assert asked.path == "/builds/v2/app-1/run/7"
    assert parts(asked) == [("file", "archive.tgz", path.read_bytes())]
    assert int(asked.headers["content-length"]) == len(asked.body)
    assert "transfer-encoding" not in asked.headers


@pytest.mark.parametrize("content", [b"", b"x", b"--\r\n" * 1000])
def test_any_content_arrives_as_it_is(content: bytes) -> None:
    form = Form({"file": io.BytesIO(content)})
    body = b"".join(form.pieces())

    asked = Asked("POST", "/", {"content-type": form.media_type}, body)
    assert parts(asked) == [("file", "file", content)]
    assert form.length == len(body)
    assert b"".join(form.pieces()) == body


def test_attempts_that_overlap_each_send_the_whole_file() -> None:
    content = b"".join(bytes([each]) * 1024 * 1024 for each in range(3))
    form = Form({"file": io.BytesIO(content)})

    bodies = zip(form.pieces(), form.pieces(), strict=True)
    first, second = (b"".join(pieces) for pieces in zip(*bodies, strict=True))
    assert content in first
    assert first == second


def test_a_name_cannot_end_its_header(tmp_path: Path) -> None:
    path = tmp_path / 'a"\r\nX-Other: 1'
    path.write_bytes(b"x")
    with path.open("rb") as file:
        head = b"".join(Form({"file": file}).pieces()).partition(b"\r\n\r\n")[0]

    assert b'filename="a%22%0D%0AX-Other: 1"' in head
    assert head.count(b"\r\n") == 2


def test_a_file_that_becomes_shorter_ends_the_call(
    server: Server, cloud: HathoraCloud, tmp_path: Path
) -> None:
    class Shrinking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return b""

    with pytest.raises(InvalidRequestError, match="file became shorter while it was sent"):
        cloud.execute(RunBuildV2Deprecated(build_id=7, file=Shrinking(b"content")))


def test_no_file_is_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as large:
        large.truncate(256 * 1024 * 1024)

    def sent(file: IO[bytes]) -> int:
        return sum(len(piece) for piece in Form({"file": file}).pieces())

    with path.open("rb", buffering=0) as file:
        tracemalloc.start()
        total = sent(file)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert total > 256 * 1024 * 1024
    assert peak < 8 * 1024 * 1024
