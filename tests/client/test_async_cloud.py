"""What only a client that awaits can do."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading

import httpx
import pytest

from hathora_deploy.api.builds import GetBuilds
from hathora_deploy.client import AsyncHathoraCloud, Hooks, Request, Response
from hathora_deploy.client.errors import InvalidRequestError
from tests.client.serving import Handler, Server, whole, writing_until

NO_BUILDS = whole(200, b'{"builds":[]}')


def test_calls_wait_at_the_same_time(server: Server) -> None:
    together = threading.Barrier(3, timeout=30)

    def meet(handler: Handler) -> None:
        together.wait()
        NO_BUILDS(handler)

    server.answer = meet

    async def call() -> None:
        async with AsyncHathoraCloud("t", endpoint=server.endpoint) as cloud:
            await asyncio.gather(*(cloud.builds_v3.get_builds() for _ in range(3)))

    asyncio.run(call())
    assert len(server.asked) == 3


def test_the_token_and_the_hooks_may_be_async(server: Server) -> None:
    seen: list[object] = []

    async def token() -> str:
        await asyncio.sleep(0)
        return "awaited"

    async def sign(request: Request) -> Request:
        await asyncio.sleep(0)
        return request.with_headers({"X-Signature": "s"})

    async def note(response: Response, request: Request) -> None:
        await asyncio.sleep(0)
        seen.append(response.status)

    server.answer = NO_BUILDS

    async def call() -> None:
        hooks = Hooks(before_request=(sign,), after_response=(note,))
        async with AsyncHathoraCloud(token, endpoint=server.endpoint, hooks=hooks) as cloud:
            await cloud.builds_v3.get_builds()

    asyncio.run(call())
    assert server.asked[0].headers["authorization"] == "Bearer awaited"
    assert server.asked[0].headers["x-signature"] == "s"
    assert seen == [200]


def test_what_cancels_a_task_passes_through(server: Server) -> None:
    asked, release = threading.Event(), threading.Event()

    def wait(handler: Handler) -> None:
        asked.set()
        release.wait(60)
        handler.close_connection = True

    server.answer = wait

    async def call() -> None:
        async with AsyncHathoraCloud("t", endpoint=server.endpoint) as cloud:
            task = asyncio.create_task(cloud.builds_v3.get_builds())
            await asyncio.to_thread(asked.wait, 30)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await cloud.try_call(GetBuilds())

    try:
        asyncio.run(call())
    finally:
        release.set()


def test_a_stream_may_be_opened_by_a_task_of_its_own(server: Server) -> None:
    server.answers(200, b"line\n")

    async def call() -> list[str]:
        async with AsyncHathoraCloud("t", app_id="a", endpoint=server.endpoint) as cloud:
            stream = await asyncio.create_task(cloud.builds_v3.run_build(build_id="b"))
            async with stream:
                return [line async for line in stream.lines()]

    assert asyncio.run(call()) == ["line"]


def test_a_stream_that_nobody_holds_any_more_ends_the_connection(server: Server) -> None:
    ended = threading.Event()
    server.answer = writing_until(ended)

    async def call() -> bool:
        async with AsyncHathoraCloud("t", app_id="a", endpoint=server.endpoint) as cloud:
            stream = await cloud.logs_v1.get_logs_for_process(process_id="p", follow=True)
            async for _ in stream:
                break
            del stream
            gc.collect()
            return await asyncio.to_thread(ended.wait, 30)

    assert asyncio.run(call())


def test_a_stream_that_outlives_its_loop_does_no_harm(server: Server) -> None:
    ended = threading.Event()
    server.answer = writing_until(ended)

    async def call() -> object:
        async with AsyncHathoraCloud("t", app_id="a", endpoint=server.endpoint) as cloud:
            return await cloud.logs_v1.get_logs_for_process(process_id="p", follow=True)

    stream = asyncio.run(call())
    del stream
    gc.collect()
    assert ended.wait(30)


def test_an_httpx_client_of_the_program_is_used_and_left_open(server: Server) -> None:
    server.answer = NO_BUILDS

    async def call() -> None:
        async with httpx.AsyncClient(headers={"X-Session": "s"}) as session:
            async with AsyncHathoraCloud("t", endpoint=server.endpoint, session=session) as cloud:
                await cloud.builds_v3.get_builds()
            assert (await session.get(f"{server.endpoint}/after")).is_success

    asyncio.run(call())
    assert server.asked[0].headers["x-session"] == "s"


def test_without_httpx_the_client_says_what_to_install() -> None:
    program = (
        "import sys\n"
        "sys.modules['httpx'] = None\n"
        "from hathora_deploy.client import AsyncHathoraCloud, HathoraCloud\n"
        "from hathora_deploy.client.errors import MissingLibraryError\n"
        "HathoraCloud().close()\n"
        "try:\n"
        "    AsyncHathoraCloud()\n"
        "except MissingLibraryError as error:\n"
        "    print(error, error.hint, sep='\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines() == [
        "AsyncHathoraCloud sends with httpx, which is not installed",
        'pip install "hathora-deploy[async]"',
    ]


def test_a_program_pays_for_what_it_uses_only() -> None:
    program = (
        "import sys\n"
        "from hathora_deploy.client import HathoraCloud\n"
        "loaded = [name for name in ('requests', 'httpx', 'asyncio') if name in sys.modules]\n"
        "cloud = HathoraCloud()\n"
        "cloud.apps_v2\n"
        "loaded += [name for name in ('httpx', 'hathora_deploy.api.fleets') if name in sys.modules]\n"
        "print(loaded)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "proxy", ["socks5://ada:hidden@127.0.0.1:9", "http://ada:hidden@a:b", "ftp://ada:hidden@a:9"]
)
def test_a_proxy_that_cannot_be_used_is_told_where_the_client_is_made(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(InvalidRequestError, match="the proxies of the environment") as raised:
        AsyncHathoraCloud("t", endpoint="https://cloud.invalid")
    assert "HTTPS_PROXY" in str(raised.value.hint)
    assert "hidden" not in f"{raised.value} {raised.value.hint}"
