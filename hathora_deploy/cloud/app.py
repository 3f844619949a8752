"""The cloud as an ASGI application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route as HttpRoute, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from hathora_deploy.api.catalog import ALL
from hathora_deploy.cloud import cors, discovery, openapi, uploads
from hathora_deploy.cloud.artifacts.directory import DirectoryArtifacts
from hathora_deploy.cloud.bodies import BodyDeadline
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.forwarded import ForwardedCalls
from hathora_deploy.cloud.front_door import FrontDoor
from hathora_deploy.cloud.guard import HostAndOriginGuard
from hathora_deploy.cloud.origins import Origins
from hathora_deploy.cloud.request_body import LARGE_AT_ONCE
from hathora_deploy.cloud.request_id import RequestId
from hathora_deploy.cloud.routes import DEPRECATED_ROUTES, ROUTES
from hathora_deploy.cloud.routing import RouterByBeginning
from hathora_deploy.cloud.serving import served, unserved
from hathora_deploy.cloud.trusted_proxies import TrustedProxies
from hathora_deploy.cloud.turns import Turns


def create_app(cloud: Cloud) -> Starlette:
    """Every operation of the contract, the uploads, and the ping endpoint."""
    settings = cloud.settings
    origins = settings.allow_origin or Origins()
    app = Starlette(
        middleware=[
            Middleware(RequestId),
            Middleware(ForwardedCalls, proxies=settings.trusted_proxies or TrustedProxies()),
            Middleware(HostAndOriginGuard, hosts=frozenset(settings.names), origins=origins),
            *cors.answers_for_pages(origins),
            Middleware(_EncodedPath),
            Middleware(BodyDeadline),
        ],
        exception_handlers={HTTPException: _no_route},
    )
    app.router = RouterByBeginning(
        [
            *_operations(cloud),
            openapi.route(),
            *_uploads(cloud),
            *_pings(),
        ]
    )
    return app


def create_ping_app() -> Starlette:
    """The ping endpoint alone, for addresses where nothing else is answered."""
    return Starlette(routes=_pings())


def _pings() -> list[WebSocketRoute]:
    return [WebSocketRoute("/", discovery.echo), WebSocketRoute("/ws", discovery.echo)]


def _operations(cloud: Cloud) -> list[HttpRoute]:
    routes = [*ROUTES, *DEPRECATED_ROUTES]
    door, turns = FrontDoor(cloud.settings), Turns(cloud.settings.calls_per_caller)
    large = Turns(LARGE_AT_ONCE)
    answered = {route.shape.operation for route in routes}
    found = [
        *(served(cloud, route, door, turns, large) for route in routes),
        *(
            unserved(cloud, operation.shape, door)
            for operation in ALL.values()
            if operation not in answered
        ),
    ]
    return sorted(found, key=_fixed_before_named)


def _uploads(cloud: Cloud) -> list[HttpRoute]:
    """None where archives go straight to a store."""
    if not isinstance(cloud.artifacts, DirectoryArtifacts):
        return []
    return uploads.routes(cloud.artifacts, parts_per_build=cloud.settings.parts_per_build)


def _fixed_before_named(route: HttpRoute) -> list[bool]:
    """``/latest`` is looked at before ``/{deploymentId}``."""
    return [segment.startswith("{") for segment in route.path.split("/")]


async def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    message = f"{request.method} {request.url.path} is no operation of the Hathora API"
    headers = {"Allow": ", ".join(_methods_here(request))} if status == 405 else None
    return JSONResponse({"message": message}, status_code=status, headers=headers)


def _methods_here(request: Request) -> list[str]:
    """Of all operations that share the path: each has a route of its own."""
    routes = (route for route in request.app.routes if isinstance(route, HttpRoute))
    here = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for route in here for method in route.methods or ()})


class _EncodedPath:
    """Routes on the path as it was sent: a slash inside an id stays inside it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": scope["raw_path"].decode("ascii")}
        await self._app(scope, receive, send)
