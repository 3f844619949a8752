"""A group of operations, and the two faces under which a client offers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from hathora_deploy.api.operation import Operation
from hathora_deploy.client.token import Token


class Mode:
    """How a client hands over what it was asked for. Only type checkers see modes."""


class Blocking(Mode):
    """A method returns its result."""


class Async(Mode):
    """A method returns a coroutine of its result."""


ModeT = TypeVar("ModeT", bound=Mode)


class Executor(Protocol):
    """What carries operations to a cloud; in the mode Async, what it returns is awaited."""

    def execute(self, operation: Operation[Any], *, player_auth: Token = None) -> Any: ...

    def iterate(self, operation: Operation[Any], items: Callable[[Any], Iterable[Any]]) -> Any: ...


class Resource(Generic[ModeT]):
    """A group of operations, bound to the client that executes them."""

    def __init__(self, cloud: Executor) -> None:
        self._cloud = cloud
