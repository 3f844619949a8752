"""An async client that is used like a blocking one, so that one test tells of both."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any, Self

from hathora_deploy.client.async_cloud import AsyncHathoraCloud
from hathora_deploy.client.async_stream import AsyncStream
from hathora_deploy.client.resource import Resource
from hathora_deploy.client.result import Ok


class Driven:
    """Awaits what an async object's methods return; what they return is driven the same way."""

    def __init__(self, target: Any, runner: asyncio.Runner) -> None:
        self._target = target
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not inspect.ismethod(found) and not inspect.isfunction(found):
            return self._settled(found)
        return lambda *args, **kwargs: self._settled(found(*args, **kwargs))

    def __iter__(self) -> Iterator[Any]:
        pieces = aiter(self._target)
        while True:
            try:
                yield self._runner.run(_next(pieces))
            except StopAsyncIteration:
                return

    def __next__(self) -> Any:
        try:
            return self._runner.run(_next(self._target))
        except StopAsyncIteration:
            raise StopIteration from None

    def __enter__(self) -> Self:
        self._settled(self._target.__aenter__())
        return self

    def __exit__(self, *error: Any) -> None:
        self._settled(self._target.__aexit__(*error))

    def __repr__(self) -> str:
        return repr(self._target)

    def _settled(self, value: Any) -> Any:
        if inspect.isawaitable(value):
            value = self._runner.run(_awaited(value))
        if isinstance(value, Ok) and isinstance(value.value, AsyncStream):
            return Ok(Driven(value.value, self._runner))
        if isinstance(value, AsyncHathoraCloud | AsyncStream | AsyncIterator | Resource):
            return Driven(value, self._runner)
        return value


async def _awaited(value: Any) -> Any:
    return await value


async def _next(items: AsyncIterator[Any]) -> Any:
    return await anext(items)
