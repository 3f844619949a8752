"""A real HTTP server that answers as a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.serving import serving

Answer = Callable[["Handler"], None]


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait for an ACK
    server: Server

    def answer(self) -> None:
        body = self.read_body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(self.command, self.path, headers, body))
        self.server.answer(self)

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_CONNECT = answer

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin_stream(self) -> None:
        """The head of an answer that arrives in chunks."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send_chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def handle(self) -> None:
        with suppress(ssl.SSLError):  # the client does not trust the server
            super().handle()

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.answer: Answer = lambda handler: handler.send(200, b"{}")
        self.endpoint = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_port}"
        if tls is not None:
            # The handshake is for the thread of the connection, and may fail there.
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def answers(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Give this answer from now on."""
        self.answer = lambda handler: handler.send(status, body, **headers)

    def answers_in_turn(self, *answers: Answer) -> None:
        """Give each of these answers once, and the last from then on."""
        left = list(answers)
        self.answer = lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler)


def whole(status: int, body: bytes = b"", **headers: str) -> Answer:
    """An answer that is sent at once."""
    return lambda handler: handler.send(status, body, **headers)


def cut(handler: Handler) -> None:
    """No answer: the connection is cut."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def writing_until(ended: threading.Event) -> Answer:
    """A stream without end. The event tells that nobody reads it any more."""

    def write(handler: Handler) -> None:
        handler.begin_stream()
        try:
            while True:
                handler.send_chunk(b"line\n" * 1000)
        except OSError:
            ended.set()
        handler.close_connection = True

    return write


@contextmanager
def served(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    with serving(Server(tls)) as server:
        yield server
