"""A proxy in front of a real cloud that breaks what a test names: real sockets on both sides."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}


@dataclass
class Fault:
    """What happens to the next ``times`` requests whose ``METHOD /path`` matches."""

    request: str
    times: int = 1
    refuse_with: int | None = None
    """Answer with this status instead of the cloud."""
    is_lost: bool = False
    """Cut the connection before the cloud hears of the request."""
    is_unanswered: bool = False
    """Cut the connection after the cloud has answered."""
    cut_after: int | None = None
    """Cut the connection after so many bytes of the answer."""
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

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

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


class _Handler(BaseHTTPRequestHandler):
    server: FaultProxy

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""

    def handle_request(self) -> None:
        fault = self.server.fault_of(f"{self.command} {self.path.partition('?')[0]}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if fault is not None and fault.meanwhile is not None:
            fault.meanwhile()
        if fault is not None and fault.is_lost:
            return
        if fault is not None and fault.refuse_with is not None:
            self.send_response(fault.refuse_with)
            self.end_headers()
            self.wfile.write(b'{"message": "refused by a test"}')
            return
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        try:
            upstream.request(self.command, self.path, body or None, dict(self.headers))
            self.pass_on(upstream.getresponse(), fault)
        finally:
            upstream.close()

    do_GET = do_POST = do_PUT = do_DELETE = handle_request

    def pass_on(self, answer: http.client.HTTPResponse, fault: Fault | None) -> None:
        if fault is not None and fault.is_unanswered:
            answer.read()
            return
        # Without an end that is announced, a cut would look like the end.
        self.wfile.write(f"HTTP/1.1 {answer.status} {answer.reason}\r\n".encode())
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.wfile.write(f"{name}: {value}\r\n".encode("latin-1"))
        has_body = answer.status != 204
        chunked = "Transfer-Encoding: chunked\r\n" if has_body else ""
        self.wfile.write(f"{chunked}Connection: close\r\n\r\n".encode())
        left = float("inf") if fault is None or fault.cut_after is None else fault.cut_after
        while has_body and (piece := answer.read1(64 * 1024)):
            if len(piece) > left:
                piece = piece[: int(left)]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                return
            left -= len(piece)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        if has_body:
            self.wfile.write(b"0\r\n\r\n")
