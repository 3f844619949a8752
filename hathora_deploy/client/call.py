"""Turns a declared operation into a typed method of a resource, once for both modes of the client."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from functools import cached_property
from inspect import Parameter, Signature, get_annotations
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, Generic, ParamSpec, TypeVar, overload

from pydantic import ValidationError

from hathora_deploy.api.errors import RequestValidationError
from hathora_deploy.api.operation import ByteStream, Operation
from hathora_deploy.api.redaction import redacted
from hathora_deploy.api.wire import problems
from hathora_deploy.client.resource import Async, Blocking, Resource
from hathora_deploy.client.token import concealed
from hathora_deploy.secret import Secret

if TYPE_CHECKING:
    from hathora_deploy.client.async_stream import OpeningStream
    from hathora_deploy.client.stream import Stream

P = ParamSpec("P")
ResultT = TypeVar("ResultT")
PageT = TypeVar("PageT")
ItemT = TypeVar("ItemT")
MethodT = TypeVar("MethodT", bound=Callable[..., Any])


class _Declared(Generic[P, ResultT]):
    """Method whose arguments and description are those of an operation."""

    _before: ClassVar[tuple[Parameter, ...]] = ()

    def __init__(self, operation: Callable[P, Operation[ResultT]]) -> None:
        self._operation = operation

    def __set_name__(self, owner: type[Resource[Any]], name: str) -> None:
        self._names = name, f"{owner.__qualname__}.{name}"

    def _described(self, method: MethodT) -> MethodT:
        method.__name__, method.__qualname__ = self._names
        method.__doc__ = self._operation.__doc__
        method.__dict__["__wrapped__"] = self._operation
        # pydantic has one only of a class that is built, and names arguments as on the wire.
        method.__dict__["__signature__"] = self._signature
        return method

    @cached_property
    def _signature(self) -> Signature:
        operation: Any = self._operation
        declared = ChainMap(*map(get_annotations, operation.__mro__))
        required_first = sorted(
            operation.model_fields.items(), key=lambda item: not item[1].is_required()
        )
        arguments = [
            Parameter(
                name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if field.is_required() else field.default,
                annotation=declared[name],
            )
            for name, field in required_first
        ]
        return Signature([*self._before, *arguments])


class call(_Declared[P, ResultT]):
    """Method that executes an operation and returns its result."""

    @overload
    def __get__(self, resource: Resource[Blocking], owner: Any) -> Callable[P, ResultT]: ...
    @overload
    def __get__(
        self, resource: Resource[Async], owner: Any
    ) -> Callable[P, Coroutine[Any, Any, ResultT]]: ...
    def __get__(self, resource: Resource[Any], owner: Any) -> Callable[P, Any]:
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return resource._cloud.execute(build(self._operation, *args, **kwargs))

        return self._described(method)


class player_call(_Declared[P, ResultT]):
    """Method that executes an operation as a player, whose token is the first argument."""

    _before = (Parameter("player_auth", Parameter.POSITIONAL_ONLY, annotation="Secret | str"),)

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
            player_auth = concealed(player_auth)
            operation = build(self._operation, *args, **kwargs)
            return resource._cloud.execute(operation, player_auth=player_auth)

        return self._described(method)


class stream_call(_Declared[P, ByteStream]):
    """Method that executes an operation and returns its answer as it arrives."""

    @overload
    def __get__(self, resource: Resource[Blocking], owner: Any) -> Callable[P, Stream]: ...
    @overload
    def __get__(self, resource: Resource[Async], owner: Any) -> Callable[P, OpeningStream]: ...
    def __get__(self, resource: Resource[Any], owner: Any) -> Callable[P, Any]:
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return resource._cloud.execute(build(self._operation, *args, **kwargs))

        return self._described(method)


class paged_call(_Declared[P, PageT], Generic[P, PageT, ItemT]):
    """Method that executes an operation for page after page, and returns an iterator of their items."""

    def __init__(
        self,
        operation: Callable[P, Operation[PageT]],
        *,
        items: Callable[[PageT], Iterable[ItemT]],
    ) -> None:
        super().__init__(operation)
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

        return self._described(method)


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
