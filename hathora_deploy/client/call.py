"""Turns a declared operation into a typed method of a resource."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from pydantic import ValidationError

from hathora_deploy.api.errors import RequestValidationError
from hathora_deploy.api.operation import ByteStream, Operation
from hathora_deploy.api.wire import problems
from hathora_deploy.client.stream import Stream
from hathora_deploy.secret import Secret

P = ParamSpec("P")
ResultT = TypeVar("ResultT")


class Executor(Protocol):
    """What carries operations to a cloud."""

    def execute(
        self, operation: Operation[ResultT], *, player_auth: Secret | str | None = None
    ) -> ResultT: ...

    def stream(self, operation: Operation[ByteStream]) -> Stream: ...


class Resource:
    """A group of operations, bound to the client that executes them."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor


class call(Generic[P, ResultT]):
    """Method that executes an operation and returns its result."""

    def __init__(self, operation: Callable[P, Operation[ResultT]]) -> None:
        self._operation = operation

    def __get__(self, resource: Resource, owner: type[Resource]) -> Callable[P, ResultT]:
        def method(*args: P.args, **kwargs: P.kwargs) -> ResultT:
            return resource.executor.execute(build(self._operation, *args, **kwargs))

        return _documented(method, self._operation)


class player_call(Generic[P, ResultT]):
    """Method that executes an operation as a player, whose token is the first argument."""

    def __init__(self, operation: Callable[P, Operation[ResultT]]) -> None:
        self._operation = operation

    def __get__(
        self, resource: Resource, owner: type[Resource]
    ) -> Callable[Concatenate[Secret | str, P], ResultT]:
        def method(player_auth: Secret | str, /, *args: P.args, **kwargs: P.kwargs) -> ResultT:
            operation = build(self._operation, *args, **kwargs)
            return resource.executor.execute(operation, player_auth=player_auth)

        return _documented(method, self._operation)


class stream_call(Generic[P]):
    """Method that executes an operation and returns its answer as it arrives."""

    def __init__(self, operation: Callable[P, Operation[ByteStream]]) -> None:
        self._operation = operation

    def __get__(self, resource: Resource, owner: type[Resource]) -> Callable[P, Stream]:
        def method(*args: P.args, **kwargs: P.kwargs) -> Stream:
            return resource.executor.stream(build(self._operation, *args, **kwargs))

        return _documented(method, self._operation)


MethodT = TypeVar("MethodT", bound=Callable[..., Any])
BuiltT = TypeVar("BuiltT")


def build(operation: Callable[P, BuiltT], *args: P.args, **kwargs: P.kwargs) -> BuiltT:
    """The operation of a call. Raises RequestValidationError, naming every wrong argument."""
    try:
        return operation(*args, **kwargs)
    except ValidationError as error:
        name = getattr(operation, "__name__", "the operation")
        raise RequestValidationError(f"{name} cannot be called so", problems(error)) from None


def _documented(method: MethodT, operation: Callable[..., Any]) -> MethodT:
    method.__doc__ = operation.__doc__
    return method
