"""A load of one request, sent again and again over several connections: how often, and how long each took.

``python -m benchmarks.load SECONDS CONNECTIONS HOST PORT`` reads the bytes of the request from its input.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

_WARM_UP = 0.5
"""Seconds that do not count."""


@dataclass(frozen=True)
class Load:
    """What came of it. Latencies are in seconds."""

    rate: float
    """Answers a second."""
    median: float
    p99: float


def send(
    url: str,
    *,
    method: str = "GET",
    token: str = "",
    body: bytes = b"",
    seconds: float,
    connections: int,
) -> Load:
    """Send a load from a program of its own, so that this one's work is not measured.

    Raises CalledProcessError if an answer is none of success.
    """
    parts = urlsplit(url)
    head = [
        f"{method} {parts.path} HTTP/1.1",
        f"Host: {parts.netloc}",
        *([f"Authorization: Bearer {token}"] if token else []),
        *([f"Content-Length: {len(body)}", "Content-Type: application/json"] if body else []),
    ]
    request = "\r\n".join([*head, "", ""]).encode() + body
    words = [str(seconds), str(connections), str(parts.hostname), str(parts.port)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", *words],
        input=request,
        stdout=subprocess.PIPE,
        check=True,
    )
    return Load(**json.loads(done.stdout))


class _Connection(asyncio.Protocol):
    """Sends the request whenever the answer to the one before has come."""

    def __init__(self, request: bytes, until: float, done: asyncio.Future[None]) -> None:
        self.latencies: list[tuple[float, float]] = []
        """When an answer came, and how long it took."""
        self._request = request
        self._until = until
        self._done = done
        self._answer = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        now = time.perf_counter()
        self.latencies.append((now, now - self._sent))
        if not head.startswith(b"HTTP/1.1 20"):
            self._done.set_exception(ValueError(self._answer.decode()))
        elif now < self._until:
            self._send()
        else:
            self._done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or EOFError("the connection was closed"))

    def _send(self) -> None:
        self._answer = b""
        self._sent = time.perf_counter()
        self._transport.write(self._request)


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0])


async def _run(request: bytes, seconds: float, connections: int, host: str, port: int) -> Load:
    loop = asyncio.get_running_loop()
    start = time.perf_counter() + _WARM_UP
    ends = [loop.create_future() for _ in range(connections)]
    protocols = [_Connection(request, start + seconds, end) for end in ends]
    for protocol in protocols:
        await loop.create_connection(lambda made=protocol: made, host, port)  # type: ignore[misc]  # bound now
    await asyncio.gather(*ends)
    taken = sorted(
        latency for each in protocols for came, latency in each.latencies if came >= start
    )
    return Load(
        len(taken) / (time.perf_counter() - start),
        taken[len(taken) // 2],
        taken[len(taken) * 99 // 100],
    )


if __name__ == "__main__":
    _seconds, _connections, _host, _port = sys.argv[1:]
    _request = sys.stdin.buffer.read()
    print(
        json.dumps(
            vars(asyncio.run(_run(_request, float(_seconds), int(_connections), _host, int(_port))))
        )
    )
