"""A store of presigned uploads that can misbehave: real sockets, one thread a connection."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from hathora_deploy.api.builds import (
    BuildPart,
    BuildStatus,
    CreatedBuildV3WithMultipartUrls,
)
from hathora_deploy.secret import Secret

SIGNATURE = "X-Signature=do-not-show-me"

Fault = Callable[["StoreHandler"], bool]
"""Acts on a request instead of the store, or returns False to let it pass."""


class Store(ThreadingHTTPServer):
    """What arrived, by part number; ``faults`` are asked in turn, once for each request of a part."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), StoreHandler)
        self.parts: dict[int, bytes] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.requests: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self.completion = b""
        self.at_once = 0
        self.most_at_once = 0
        self.connections: set[object] = set()
        self.lock = threading.Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that is cut, by us or by the client, is what these tests are about."""

    @property
    def archive(self) -> bytes:
        return b"".join(self.parts[number] for number in sorted(self.parts))

    def build(self, size: int, part_size: int) -> CreatedBuildV3WithMultipartUrls:
        base = f"http://127.0.0.1:{self.server_port}"
        count = -(-size // part_size)
        return CreatedBuildV3WithMultipartUrls(
            org_id="org-1",
            build_id="bld-1",
            created_by="test",
            created_at="2026-01-01T00:00:00Z",  # type: ignore[arg-type]  # read as it is on the wire
            started_at=None,
            finished_at=None,
            deleted_at=None,
            status=BuildStatus.CREATED,
            image_size=0,
            upload_parts=[
                BuildPart(
                    part_number=number, put_request_url=Secret(f"{base}/part/{number}?{SIGNATURE}")
                )
                for number in range(1, count + 1)
            ],
            max_chunk_size=part_size,
            complete_upload_post_request_url=Secret(f"{base}/complete?{SIGNATURE}"),
        )


class StoreHandler(BaseHTTPRequestHandler):
    """Answers PUT of a part with its ETag, and POST with 200."""

    server: Store
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""

    def do_PUT(self) -> None:
        store, name = self.server, self.path.partition("?")[0].rpartition("/")[2]
        with store.lock:
            store.requests[name] += 1
            store.headers.append(dict(self.headers))
            store.connections.add(self.client_address)
            faults = store.faults.get(name, [])
            fault = faults.pop(0) if faults else None
        if fault is not None and fault(self):
            return
        with store.lock:
            store.at_once += 1
            store.most_at_once = max(store.most_at_once, store.at_once)
        body = self.read_body()
        with store.lock:  # before the answer, after which the next part may come at once
            store.at_once -= 1
        if len(body) < int(self.headers["Content-Length"]):
            self.close_connection = True  # it was cut: what has come of it is no part
            return
        store.parts[int(name)] = body
        self.answer(200, {"ETag": f'"{hashlib.md5(body).hexdigest()}"'})

    def do_POST(self) -> None:
        store = self.server
        store.requests["complete"] += 1
        store.headers.append(dict(self.headers))
        faults = store.faults.get("complete", [])
        if faults and faults.pop(0)(self):
            return
        store.completion = self.read_body()
        self.answer(200)

    def read_body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def answers(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Fault:
    """The whole part is read, and refused."""

    def fault(handler: StoreHandler) -> bool:
        handler.read_body()
        handler.answer(status, headers, body=body)
        return True

    return fault


def cuts_after(received: int) -> Fault:
    """The connection is closed in the middle of a part."""

    def fault(handler: StoreHandler) -> bool:
        handler.rfile.read(received)
        handler.close_connection = True
        handler.connection.close()
        return True

    return fault


def cuts_the_answer(handler: StoreHandler) -> bool:
    """What was sent arrives, and nobody hears of it."""
    handler.server.completion = handler.read_body()
    handler.close_connection = True
    return True


def breaks_off(answer: str) -> Fault:
    """What was sent arrives, and only so much of the answer."""

    def fault(handler: StoreHandler) -> bool:
        handler.read_body()
        handler.wfile.write(answer.encode())
        handler.close_connection = True
        return True

    return fault


def waits_for(event: threading.Event) -> Fault:
    """The request hangs until ``event`` is set, and goes on normally then."""

    def fault(handler: StoreHandler) -> bool:
        event.wait(30)
        return False

    return fault


def damages(handler: StoreHandler) -> bool:
    """A byte of the part arrives as another one, and is kept so."""
    name = handler.path.partition("?")[0].rpartition("/")[2]
    body = bytearray(handler.read_body())
    body[len(body) // 2] ^= 1
    handler.server.parts[int(name)] = bytes(body)
    handler.answer(200, {"ETag": f'"{hashlib.md5(body).hexdigest()}"'})
    return True


def stops_reading(release: threading.Event) -> Fault:
    """The connection stays open, and takes nothing more."""

    def fault(handler: StoreHandler) -> bool:
        handler.rfile.read(1)
        release.wait(30)
        handler.close_connection = True
        return True

    return fault


def drips(release: threading.Event) -> Fault:
    """The answer comes byte by byte, and never to its end."""

    def fault(handler: StoreHandler) -> bool:
        handler.read_body()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Filler: ")
        while not release.wait(0.02):
            handler.wfile.write(b"x")
        handler.close_connection = True
        return True

    return fault
