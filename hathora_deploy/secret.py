"""A value that must not be seen: tokens, presigned URLs, the values of environment variables."""

from __future__ import annotations

import hmac
from typing import Any, Final

REDACTED: Final = "[REDACTED]"


class Secret:
    """Text that prints as ``[REDACTED]`` until ``reveal()`` is called."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the wire or for the file that only its owner reads."""
        return self._text

    def __repr__(self) -> str:
        return REDACTED

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __deepcopy__(self, memo: object) -> Secret:
        return self  # it never changes, and is not to be pickled for a copy

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a secret is not pickled")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        # Imported here so that the command line can name a Secret without paying for pydantic.
        from pydantic_core import core_schema

        def parse(value: object) -> Secret:
            if isinstance(value, cls):
                return value
            if isinstance(value, str):
                return cls(value)
            raise ValueError("Input should be a valid string")

        return core_schema.no_info_plain_validator_function(
            parse,
            serialization=core_schema.plain_serializer_function_ser_schema(
                cls.reveal, return_schema=core_schema.str_schema()
            ),
        )
