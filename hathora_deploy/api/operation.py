"""How an operation is declared, once, for the client that calls it and the cloud that serves it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import GenericAlias
from typing import (
    IO,
    Annotated,
    Any,
    ClassVar,
    Final,
    Generic,
    Literal,
    Self,
    TypeVar,
    get_args,
    get_origin,
)

from pydantic import ConfigDict, PlainValidator, TypeAdapter
from typing_extensions import get_original_bases

from hathora_deploy.api.model import Model, wire_name

ResultT = TypeVar("ResultT", covariant=True)
ContextT = TypeVar("ContextT")
ValueT = TypeVar("ValueT")
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

FROM_CLIENT: Final = ""
"""Value of an ``app_id`` the call leaves out: the client fills in its own."""


class Auth(Enum):
    """Who may call."""

    ORGANIZATION = "an organization, by its token"
    PLAYER = "a player, by the token of a login"
    NONE = "anybody"


class _InQuery:
    """Marks a field that travels in the query string."""


Query = Annotated[ValueT, _InQuery()]


class _InForm:
    """Marks a file that travels in a multipart form."""


Form = Annotated[ValueT, _InForm()]


def _is_file(value: Any) -> Any:
    if not callable(getattr(value, "read", None)):
        raise ValueError("Input should be a file that is open for reading bytes")
    return value


File = Annotated[IO[bytes], PlainValidator(_is_file)]
"""A file that is sent as it is read: nothing holds all of it."""


class ByteStream:
    """Result of an operation whose answer is bytes that arrive over time."""


class TextStream(ByteStream):
    """Result of an operation whose answer is UTF-8 text that arrives over time."""


@dataclass(frozen=True)
class Shape:
    """Where each field of an operation travels, and what comes back."""

    operation: type[Operation[Any]]
    method: Method
    path: str
    status: int
    auth: Auth
    errors: tuple[int, ...]
    result: Any
    successor: type[Operation[Any]] | None
    """The operation to call instead; only a deprecated one has it."""
    is_repeatable: bool
    """Whether sending it twice does no more than sending it once."""
    is_extension: bool
    """Whether it is this project's own: Hathora's API has no such operation, nor have its SDKs."""

    @property
    def is_stream(self) -> bool:
        return self.result in (ByteStream, TextStream)

    @property
    def media_type(self) -> str:
        """What a successful answer with a body is."""
        if self.result is TextStream:
            return "text/plain"
        return "application/octet-stream" if self.is_stream else "application/json"

    @cached_property
    def in_path(self) -> dict[str, str]:
        """Field by its name in the path template."""
        named = re.findall(r"\{(\w+)\}", self.path)
        fields = {wire_name(field): field for field in self.operation.model_fields}
        return {name: fields[name] for name in named}

    @cached_property
    def in_query(self) -> dict[str, str]:
        """Field by its name in the query string."""
        return self._marked(_InQuery)

    @cached_property
    def in_form(self) -> dict[str, str]:
        """File by its name in the multipart form."""
        return self._marked(_InForm)

    @cached_property
    def in_body(self) -> dict[str, str]:
        """Field by its name in the JSON body."""
        elsewhere = {
            *self.in_path.values(),
            *self.in_query.values(),
            *self.in_form.values(),
        }
        return {
            wire_name(name): name for name in self.operation.model_fields if name not in elsewhere
        }

    @cached_property
    def repeated(self) -> frozenset[str]:
        """Names of the query that may stand more than once."""
        return frozenset(
            name
            for name, field in self.in_query.items()
            if _is_list(self.operation.model_fields[field].annotation)
        )

    @cached_property
    def result_adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.result)

    def _marked(self, mark: type[_InQuery | _InForm]) -> dict[str, str]:
        return {
            wire_name(name): name
            for name, field in self.operation.model_fields.items()
            if any(isinstance(each, mark) for each in field.metadata)
        }


def _is_list(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return origin in (list, tuple) or any(_is_list(arg) for arg in get_args(annotation))


class Operation(Model, Generic[ResultT]):
    """One call of the API. A field named in ``path`` travels there, one marked ``Query`` in the
    query string, one marked ``Form`` in a multipart form, any other in the JSON body."""

    # A misspelt argument is a mistake of the program; unknown keys of a request are dropped by wire.decode.
    model_config = ConfigDict(extra="forbid")

    shape: ClassVar[Shape]

    def __class_getitem__(cls, result: Any) -> Any:
        # Operation[Result] is a name for people and type checkers; pydantic would make it a class.
        return GenericAlias(cls, result)

    def __init_subclass__(cls, **_: Any) -> None:
        # Class keywords are taken by __pydantic_init_subclass__; Generic's own hook accepts none.
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        *,
        method: Method | None = None,
        path: str | None = None,
        status: int = 200,
        auth: Auth = Auth.ORGANIZATION,
        errors: tuple[int, ...] = (),
        successor: type[Operation[Any]] | None = None,
        repeatable: bool | None = None,
        extension: bool = False,
        **_: Any,
    ) -> None:
        if method is None or path is None:
            raise TypeError(f"{cls.__name__} declares no method or no path")
        (result,) = get_args(get_original_bases(cls)[0])
        cls.shape = Shape(
            operation=cls,
            method=method,
            path=path,
            status=status,
            auth=auth,
            errors=errors,
            result=result,
            successor=successor,
            is_repeatable=method != "POST" if repeatable is None else repeatable,
            is_extension=extension,
        )

    @classmethod
    def served_by(cls, handler: Callable[[Self, ContextT], ResultT]) -> Route[ContextT]:
        """A route: this operation, answered by ``handler``."""
        return Route(cls.shape, handler)


@dataclass(frozen=True)
class Route(Generic[ContextT]):
    """An operation and the function that answers it."""

    shape: Shape
    handler: Callable[[Any, ContextT], Any]
