"""A server with one route, which returns bytes: ``python -m benchmarks.bare`` reads them, and prints its URL."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@contextmanager
def bare_server(answer: bytes) -> Iterator[str]:
    """The URL of a route that returns ``answer``, as long as the ``with`` block lasts."""
    program = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bare"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert program.stdin is not None
    assert program.stdout is not None
    try:
        program.stdin.write(answer)
        program.stdin.close()
        yield program.stdout.readline().decode().strip()
    finally:
        program.kill()
        program.wait()
        program.stdout.close()


async def _serve(answer: bytes) -> None:
    async def endpoint(_: Request) -> Response:
        return Response(answer, media_type="application/json")

    app = Starlette(routes=[Route("/{app}/{room}", endpoint)])
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}/app/room", flush=True)
    await server.main_loop()


if __name__ == "__main__":
    asyncio.run(_serve(sys.stdin.buffer.read()))
