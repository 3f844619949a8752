"""Where parts of archives arrive: ``PUT /uploads/{key}/{part}`` and ``POST /uploads/{key}/complete``.
What comes in one piece goes to ``/uploads/{key}/archive``, by PUT or as the ``file`` of a form.

S3's side of the contract: the URL is the whole authorisation, errors are XML with Code and Message.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from html import escape
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from hathora_deploy.api.errors import RequestTimeout
from hathora_deploy.cloud.artifacts.completion import parse_completion
from hathora_deploy.cloud.artifacts.directory import PIECE, DirectoryArtifacts
from hathora_deploy.cloud.artifacts.errors import (
    AccessDenied,
    MalformedPOSTRequest,
    MalformedXML,
    SlowDown,
    UploadRefused,
)
from hathora_deploy.cloud.artifacts.signing import COMPLETE, WHOLE
from hathora_deploy.cloud.artifacts.upload import PartWriter
from hathora_deploy.cloud.errors import UnreadableForm
from hathora_deploy.cloud.forms import files_of
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.turns import Turns

ValueT = TypeVar("ValueT")
Body = AsyncGenerator[bytes, None]

LONGEST_COMPLETION: Final = 4 * 1024 * 1024
"""Bytes; 10,000 parts take about one million."""
LONGEST_REFUSED: Final = 128 * 1024 * 1024
"""Bytes of a refused part that are read and dropped: a client hears no answer before it has sent all."""
MOST_PARTS_WAITING: Final = 2000
"""Of one upload, which has 1000 parts: each may be sent twice."""
WRITERS: Final = 8
"""Threads that write at once: their own, so that followed logs cannot use them all up."""


def routes(
    artifacts: DirectoryArtifacts, *, parts_per_build: int = CloudSettings.parts_per_build
) -> list[Route]:
    """The routes of uploads into a directory."""
    uploads = _Uploads(artifacts, parts_per_build)
    return [
        Route(f"/uploads/{{key}}/{COMPLETE}", _refusing(uploads.complete), methods=["POST"]),
        Route(f"/uploads/{{key}}/{WHOLE}", _refusing(uploads.put_whole), methods=["PUT"]),
        Route(f"/uploads/{{key}}/{WHOLE}", _refusing(uploads.post_whole), methods=["POST"]),
        Route("/uploads/{key}/{number}", _refusing(uploads.put_part), methods=["PUT"]),
    ]


class _Uploads:
    """What is done with each request. Raises UploadRefused."""

    def __init__(self, artifacts: DirectoryArtifacts, parts_per_build: int) -> None:
        self._artifacts = artifacts
        self._writers = CapacityLimiter(WRITERS)
        self._turns = Turns(parts_per_build)

    async def put_part(self, request: Request, body: Body) -> Response:
        number = request.path_params["number"]
        key = self._checked(request, number)
        # Only now: a number that nobody signed may have thousands of digits.
        if not number.isdecimal():
            raise AccessDenied("this URL completes an upload: a part goes to one of its own")
        return await self._receive(key, int(number), body, PartWriter.finish)

    async def put_whole(self, request: Request, body: Body) -> Response:
        return await self._receive(self._checked(request, WHOLE), 1, body, PartWriter.finish_whole)

    async def post_whole(self, request: Request, body: Body) -> Response:
        key = self._checked(request, WHOLE)
        try:
            async with files_of(request.headers, body) as files:
                if "file" not in files:
                    raise MalformedPOSTRequest("the form has no file named 'file'")
                await self._in_thread(self._artifacts.take, key, files["file"])
        except UnreadableForm as error:
            raise MalformedPOSTRequest(error.message) from None
        return Response(status_code=204)

    async def complete(self, request: Request, body: Body) -> Response:
        key = self._checked(request, COMPLETE)
        listed = parse_completion(await _read_completion(body))
        await self._in_thread(self._artifacts.upload(key).complete, listed)
        return _xml(200, "CompleteMultipartUploadResult", Key=key)

    def _checked(self, request: Request, what: str) -> str:
        """The key of the upload, whose URL for this was signed. Raises AccessDenied."""
        key: str = request.path_params["key"]
        self._artifacts.urls.check(key, what, request.query_params.get("signature", ""))
        return key

    async def _receive(
        self, key: str, number: int, body: Body, finish: Callable[[PartWriter], str]
    ) -> Response:
        if self._turns.crowd(key) > MOST_PARTS_WAITING:
            raise SlowDown("too many parts of this upload are on their way: send fewer at once")
        # Some clients send all parts at once, and try none again: the rest waits unread.
        async with self._turns.taken(key):
            writer = await self._in_thread(self._artifacts.upload(key).begin_part, number)
            try:
                async for piece in _pieces(body):
                    await self._in_thread(writer.write, piece)
                etag = await self._in_thread(finish, writer)
            finally:
                writer.close()
        return Response(headers={"ETag": f'"{etag}"'})

    async def _in_thread(self, function: Callable[..., ValueT], *args: object) -> ValueT:
        # Not abandoned when the request is cancelled: the file stays open until the write is over.
        return await to_thread.run_sync(function, *args, limiter=self._writers)


def _refusing(
    endpoint: Callable[[Request, Body], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        body = request.stream()
        try:
            try:
                return await endpoint(request, body)
            except UploadRefused as refusal:
                await _drop(body)
                return _xml(refusal.status, "Error", Code=refusal.code, Message=refusal.message)
        except RequestTimeout as error:
            return _xml(400, "Error", Code="RequestTimeout", Message=error.message)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it

    return answer


async def _pieces(body: Body) -> AsyncIterator[bytes]:
    gathered = bytearray()
    async for received in body:
        gathered += received
        if len(gathered) >= PIECE:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


async def _read_completion(body: Body) -> bytes:
    document = bytearray()
    async for received in body:
        document += received
        if len(document) > LONGEST_COMPLETION:
            raise MalformedXML(f"the completion is longer than {LONGEST_COMPLETION:,} bytes")
    return bytes(document)


async def _drop(body: Body) -> None:
    dropped = 0
    async for received in body:
        dropped += len(received)
        if dropped > LONGEST_REFUSED:
            return


def _xml(status: int, root: str, **fields: str) -> Response:
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>{inner}</{root}>'
    headers = {"Retry-After": "1"} if status == SlowDown.status else None
    return Response(document, status_code=status, headers=headers, media_type="application/xml")
