"""A proxy that breaks what it is told to, between a client and a real cloud."""

from __future__ import annotations

import http.client
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}
PATIENCE = 30.0
"""Seconds that something hangs at most, lest a test that fails hangs too."""


@dataclass
class Fault:
    """What happens to the next ``times`` requests whose ``METHOD /path`` matches."""

    request: str
    times: int = 1
    refuse_with: int | None = None
    """Answer with this status instead of the cloud."""
    retry_after: str | None = None
    """What that answer asks for."""
    is_lost: bool = False
    """Cut the connection before the cloud hears of the request."""
    is_reset: bool = False
    """Reset the connection in the middle of the request."""
    is_unanswered: bool = False
    """Cut the connection after the cloud has answered."""
    cut_after: int | None = None
    """Cut the connection after so many bytes of the answer."""
    headers_cut_after: int | None = None
    """Cut the connection after so many bytes of the head of the answer."""
    body_cut_after: int | None = None
    """Let the cloud have so many bytes of the request, and cut both connections."""
    stops_reading: bool = False
    """Take nothing more of the request, and keep the connection open."""
    stops_answering: bool = False
    """Pass the request on, and keep the answer."""
    flips: int | None = None
    """Change this byte of the request, counted modulo its length."""
    etag: str | None = None
    """Answer with this ETag instead of the cloud's."""
    is_doubled: bool = False
    """Pass the request on twice."""
    is_repeated_late: bool = False
    """Pass the request on once more when the next has been answered."""
    is_overtaken: bool = False
    """Hold the request back until a later one has been answered, or none has come for a while."""
    delay: float = 0.0
    """Seconds that the request is held back."""
    meanwhile: Callable[[], None] | None = None
    """Called when the request has come, before anything else."""


class FaultProxy(ThreadingHTTPServer):
    """Passes everything on, the answer as it arrives, unless a fault says otherwise."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream).netloc
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.lock = threading.Lock()
        self.release = threading.Event()
        """Ends what hangs."""
        self.answered = threading.Condition()
        self.answers = 0
        self.late: list[Callable[[], None]] = []
        self.connections = 0
        self.left = threading.Condition(self.lock)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def shutdown(self) -> None:
        self.release.set()
        super().shutdown()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.lock:
            self.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self.lock:
            self.connections -= 1
            self.left.notify_all()

    def wait_until_left(self) -> None:
        """Return when nobody is connected, and so every request has been counted."""
        with self.left:
            assert self.left.wait_for(lambda: self.connections == 0, 2 * PATIENCE)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that is cut, by us or by the client, is what this is about."""

    def fault_of(self, request: str) -> Fault | None:
        with self.lock:
            self.requests.append(request)
            for fault in self.faults:
                if fault.times > 0 and re.search(fault.request, request):
                    fault.times -= 1
                    return fault
        return None

    def count(self, pattern: str) -> int:
        return sum(bool(re.search(pattern, request)) for request in self.requests)

    def has_answered(self) -> None:
        with self.answered:
            self.answers += 1
            self.answered.notify_all()
        with self.lock:
            late, self.late = self.late, []
        for again in late:
            again()

    def wait_for_another(self, seconds: float) -> None:
        with self.answered:
            before = self.answers
            self.answered.wait_for(lambda: self.answers > before, seconds)


class _Handler(BaseHTTPRequestHandler):
    server: FaultProxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""

    def handle_request(self) -> None:
        proxy = self.server
        fault = proxy.fault_of(f"{self.command} {self.path.partition('?')[0]}") or Fault("")
        length = int(self.headers.get("Content-Length", 0))
        # Whatever cuts, does so here; a request that is passed on keeps the connection.
        self.close_connection = True
        if fault.stops_reading:
            self.rfile.read(min(length, 1))
            proxy.release.wait(PATIENCE)
            return
        if fault.is_reset:
            self.rfile.read(length // 2)
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.shutdown(socket.SHUT_RD)
            return
        body = self.rfile.read(length)
        if len(body) < length:  # who sends it was killed, or has cut it
            self.send_a_part_of(body, len(body))
            return
        if fault.meanwhile is not None:
            fault.meanwhile()
        if fault.is_lost:
            return
        if fault.refuse_with is not None:
            self.refuse(fault.refuse_with, fault.retry_after)
            return
        if fault.delay:
            proxy.release.wait(fault.delay)
        if fault.is_overtaken:
            proxy.wait_for_another(0.1)
        if fault.flips is not None and body:
            changed = bytearray(body)
            changed[fault.flips % len(body)] ^= 0x20
            body = bytes(changed)
        if fault.body_cut_after is not None:
            self.send_a_part_of(body, fault.body_cut_after)
            return
        if fault.is_doubled:
            self.send_in_vain(body)
        if fault.is_repeated_late:
            with proxy.lock:
                proxy.late.append(lambda: self.send_in_vain(body))
        upstream = http.client.HTTPConnection(proxy.upstream, timeout=60)
        try:
            upstream.request(self.command, self.path, body or None, dict(self.headers))
            answer = upstream.getresponse()
            if fault.stops_answering:
                answer.read()
                proxy.release.wait(PATIENCE)
                return
            self.pass_on(answer, fault)
        finally:
            upstream.close()
        if not fault.is_repeated_late:
            proxy.has_answered()

    do_GET = do_POST = do_PUT = do_DELETE = handle_request

    def refuse(self, status: int, retry_after: str | None) -> None:
        body = b'{"message": "refused by a test"}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = False

    def send_in_vain(self, body: bytes) -> None:
        """Pass the request on, and drop the answer."""
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        try:
            upstream.request(self.command, self.path, body or None, dict(self.headers))
            upstream.getresponse().read()
        except OSError:
            pass  # the cloud is gone by now
        finally:
            upstream.close()

    def send_a_part_of(self, body: bytes, count: int) -> None:
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders()
        upstream.send(body[: min(count, len(body) - 1)])
        upstream.close()

    def pass_on(self, answer: http.client.HTTPResponse, fault: Fault) -> None:
        if fault.is_unanswered:
            answer.read()
            return
        # Without an end that is announced, a cut would look like the end.
        head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n"
        for name, value in answer.getheaders():
            if name.lower() == "etag" and fault.etag is not None:
                head += f"{name}: {fault.etag}\r\n"
            elif name.lower() not in HOP_BY_HOP:
                head += f"{name}: {value}\r\n"
        has_body = answer.status != 204
        head += ("Transfer-Encoding: chunked\r\n" if has_body else "") + "\r\n"
        if fault.headers_cut_after is not None:
            answer.read()
            self.wfile.write(head.encode("latin-1")[: min(fault.headers_cut_after, len(head) - 1)])
            return
        self.wfile.write(head.encode("latin-1"))
        left = float("inf") if fault.cut_after is None else fault.cut_after
        while has_body and (piece := answer.read1(64 * 1024)):
            if len(piece) > left:
                piece = piece[: int(left)]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                return
            left -= len(piece)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        if has_body:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = False
