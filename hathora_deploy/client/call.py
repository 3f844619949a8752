"""Turns a declared operation into a typed method of a resource, once for both modes of the client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from pydantic import ValidationError

from hathora_deploy.api.errors import RequestValidationError
from hathora_deploy.api.operation import ByteStream, Operation
from hathora_deploy.api.redaction import redacted
from hathora_deploy.api.wire import problems
from hathora_deploy.client.resource import Async, Blocking, Resource
from hathora_deploy.secret import Secret

if TYPE_CHECKING:
    from hathora_deploy.client.async_stream import OpeningStream
    from hathora_deploy.client.stream import Stream

P = ParamSpec("P")
ResultT = TypeVar("ResultT")
PageT = TypeVar("PageT")
ItemT = TypeVar("ItemT")
MethodT = TypeVar("MethodT", bound=Callable[..., Any])


class call(Generic[P, ResultT]):
    """Method that executes an operation and returns its result."""

    def __init__(self, operation: Callable[P, Operation[ResultT]]) -> None:
        self._operation = operation

    @overload
    def __get__(self, resource: Resource[Blocking], owner: Any) -> Callable[P, ResultT]: ...
    @overload
    def __get__(
        self, resource: Resource[Async], owner: Any
    ) -> Callable[P, Coroutine[Any, Any, ResultT]]: ...
    def __get__(self, resource: Resource[Any], owner: Any) -> Callable[P, Any]:
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return resource._cloud.execute(build(self._operation, *args, **kwargs))

        return _documented(method, self._operation)


class player_call(Generic[P, ResultT]):
    """Method that executes an operation as a player, whose token is the first argument."""

    def __init__(self, operation: Callable[P, Operation[ResultT]]) -> None:
        self._operation = operation

    @overload
    def __get__(
        self, resource: Resource[Blocking], owner: Any
    ) -> Callable[Concatenate[Secret | str, P], ResultT]: ...
    @overload
    def __get__(
        self, resource: Resource[Async], owner: Any
    ) -> Callable[Concatenate[Secret | str, P], Coroutine[Any, Any, ResultT]]: ...
    def __get__(
        self, resource: Resource[Any], owner: Any
    ) -> Callable[Concatenate[Secret | str, P], Any]:
        def method(player_auth: Secret | str, /, *args: P.args, **kwargs: P.kwargs) -> Any:
            operation = build(self._operation, *args, **kwargs)
            return resource._cloud.execute(operation, player_auth=player_auth)

        return _documented(method, self._operation)


class stream_call(Generic[P]):
    """Method that executes an operation and returns its answer as it arrives."""

    def __init__(self, operation: Callable[P, Operation[ByteStream]]) -> None:
        self._operation = operation

    @overload
    def __get__(self, resource: Resource[Blocking], owner: Any) -> Callable[P, Stream]: ...
    @overload
    def __get__(self, resource: Resource[Async], owner: Any) -> Callable[P, OpeningStream]: ...
    def __get__(self, resource: Resource[Any], owner: Any) -> Callable[P, Any]:
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return resource._cloud.execute(build(self._operation, *args, **kwargs))

        return _documented(method, self._operation)


class paged_call(Generic[P, PageT, ItemT]):
    """Method that executes an operation for page after page, and returns an iterator of their items."""

    def __init__(
        self,
        operation: Callable[P, Operation[PageT]],
        *,
        items: Callable[[PageT], Iterable[ItemT]],
    ) -> None:
        self._operation = operation
        self._items = items

    @overload
    def __get__(self, resource: Resource[Blocking], owner: Any) -> Callable[P, Iterator[ItemT]]: ...
    @overload
    def __get__(
        self, resource: Resource[Async], owner: Any
    ) -> Callable[P, AsyncIterator[ItemT]]: ...
    def __get__(self, resource: Resource[Any], owner: Any) -> Callable[P, Any]:
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return resource._cloud.iterate(build(self._operation, *args, **kwargs), self._items)

        return _documented(method, self._operation)


def build(operation: Callable[P, ResultT], *args: P.args, **kwargs: P.kwargs) -> ResultT:
    """The operation of a call. Raises RequestValidationError, naming every wrong argument."""
    try:
        return operation(*args, **kwargs)
    except ValidationError as error:
        name = getattr(operation, "__name__", "the operation")
        refused = RequestValidationError(
            f"{name} cannot be called so", problems(error), raw_value=redacted(operation, kwargs)
        )
    # Not in the except block: pydantic's error holds what it refused, which may be a secret.
    raise refused


def _documented(method: MethodT, operation: Callable[..., Any]) -> MethodT:
    method.__doc__ = operation.__doc__
    method.__dict__["__wrapped__"] = operation  # so help() shows its arguments
    return method
