"""The API of this cloud, described for tools: ``GET /openapi.json``."""

from __future__ import annotations

import json
from functools import cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hathora_deploy import __version__


def route() -> Route:
    """A document that is written when somebody asks for it first."""

    @cache
    def written() -> bytes:
        from hathora_deploy.api.catalog import DEPRECATED, OPERATIONS
        from hathora_deploy.api.openapi import document

        described = document(OPERATIONS.values(), DEPRECATED.values(), version=__version__)
        return json.dumps(described, ensure_ascii=False).encode()

    async def answer(request: Request) -> Response:
        return Response(await run_in_threadpool(written), media_type="application/json")

    return Route("/openapi.json", answer, methods=["GET"])
