from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import Message, Scope

from hathora_deploy.api.catalog import ALL
from hathora_deploy.cloud.routing import RouterByBeginning


def route(path: str, method: str) -> Route:
    async def name(_: Request) -> Response:
        return PlainTextResponse(f"{method} {path}")

    return Route(path, name, methods=[method])


ROUTES = [
    *(route(operation.shape.path, operation.shape.method) for operation in ALL.values()),
    route("/openapi.json", "GET"),
    route("/files/{name}/{number}", "PUT"),
]


async def ask(router: Router, method: str, path: str) -> tuple[int, bytes]:
    answers: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        answers.append(message)

    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [],
    }
    await router(scope, receive, send)
    return answers[0]["status"], answers[1]["body"]


PATHS = sorted(
    {operation.shape.path.replace("{", "").replace("}", "") for operation in ALL.values()}
    | {
        "/openapi.json",
        "/",
        "/rooms",
        "/rooms/v2",
        "/rooms/v9/x",
        "/apps//x",
        "/other/v1/x",
        "/files/a/1",
        "",
    }
)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_every_request_finds_the_route_that_it_would_find_among_all(method: str) -> None:
    by_beginning, all_in_turn = RouterByBeginning(ROUTES), Router(ROUTES)

    for path in PATHS:
        expected = asyncio.run(ask(all_in_turn, method, path))
        assert asyncio.run(ask(by_beginning, method, path)) == expected, path
