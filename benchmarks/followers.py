"""Many readers of logs in a program of their own: how much each heard, and a digest of it.

``python -m benchmarks.followers HOST PORT`` reads the token and then a path a line from its input.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from urllib.parse import urlsplit

_AT_ONCE = 50
"""Connections that are made at the same moment."""
_READY = "ready"


@dataclass(frozen=True)
class Heard:
    """What a reader heard until its stream ended."""

    size: int
    digest: str


def heard_of(text: bytes) -> Heard:
    """What a reader of a log has to hear."""
    return Heard(len(text), hashlib.blake2b(text).hexdigest())


@contextmanager
def following(endpoint: str, token: str, paths: list[str]) -> Iterator[list[Heard]]:
    """One reader for each path. The list is filled when the block ends and all streams with it."""
    parts = urlsplit(endpoint)
    program = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.followers", str(parts.hostname), str(parts.port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write("\n".join([token, *paths]))
    program.stdin.close()
    if program.stdout.readline().strip() != _READY:
        raise ConnectionError("not every log could be followed")
    heard: list[Heard] = []
    yield heard
    heard += [Heard(*each) for each in json.loads(program.stdout.read())]
    program.wait()


async def _run(host: str, port: int, token: str, paths: list[str]) -> None:
    turns = asyncio.Semaphore(_AT_ONCE)
    writers = []  # a connection whose writer is forgotten is closed

    async def begin(path: str) -> asyncio.StreamReader:
        async with turns:
            reader, writer = await asyncio.open_connection(host, port)
            writers.append(writer)
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise ConnectionError(head.decode())
            return reader

    readers = await asyncio.gather(*map(begin, paths))
    print(_READY, flush=True)
    print(json.dumps([astuple(each) for each in await asyncio.gather(*map(_listen, readers))]))


async def _listen(reader: asyncio.StreamReader) -> Heard:
    digest, size = hashlib.blake2b(), 0
    while length := int(await reader.readline(), 16):
        piece = await reader.readexactly(length)
        digest.update(piece)
        size += length
        await reader.readline()
    return Heard(size, digest.hexdigest())


if __name__ == "__main__":
    _host, _port = sys.argv[1:]
    _token, *_paths = sys.stdin.read().splitlines()
    asyncio.run(_run(_host, int(_port), _token, _paths))
