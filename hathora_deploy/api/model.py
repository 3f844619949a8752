"""The base of every value that crosses the wire, and the rules of its JSON form."""

from __future__ import annotations

import reprlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

# Abbreviations the contract spells in capitals in some fields, and not in others (NodeV1.memoryMb).
_SPELLINGS: Final = {
    "requested_memory_mb": "requestedMemoryMB",
    "max_requested_memory_mb": "maxRequestedMemoryMB",
    "min_memory_mb": "minMemoryMB",
    "requested_cpu": "requestedCPU",
    "min_cpu": "minCPU",
    "requested_gpu": "requestedGPU",
    "experimental_requested_gpu": "experimentalRequestedGPU",
    "min_gpu": "minGPU",
    "client_ips": "clientIPs",
}


def wire_name(field: str) -> str:
    """The name a field has on the wire: ``requested_cpu`` travels as ``requestedCPU``."""
    return _SPELLINGS.get(field) or to_camel(field)


class Model(BaseModel):
    """A frozen value. An optional field that is None is left out; a nullable one travels as null."""

    model_config = ConfigDict(
        alias_generator=wire_name,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        frozen=True,
        extra="allow",
        # 140 operations are declared and a program calls a few: each is built at its first use.
        defer_build=True,
        # What does not fit may be a secret.
        hide_input_in_errors=True,
    )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        schema = handler(source)
        _end_lists_at_a_problem(schema)
        return schema

    @model_serializer(mode="wrap")
    def _omit_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        for name, field in type(self).model_fields.items():
            if getattr(self, name) is None and not field.is_required():
                data.pop(field.alias or name, None)
        return data


def _end_lists_at_a_problem(schema: Any) -> None:
    """Of a list, only the first element that does not fit is a problem: a million of them, which a caller
    can send in a few megabytes, would take a minute and gigabytes to tell."""
    inner: list[Any] = [schema]
    while inner:
        each = inner.pop()
        if isinstance(each, dict):
            if each.get("type") == "list":
                each["fail_fast"] = True
            inner += each.values()
        elif isinstance(each, (list, tuple)):
            inner += each


class OpenEnum(StrEnum):
    """Names the contract lists. The client keeps one it does not know; the cloud refuses it."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = value
        unknown._value_ = value
        return unknown

    @property
    def is_known(self) -> bool:
        """Whether the contract lists this name."""
        return self._value_ in type(self)._value2member_map_

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def validate(text: str, info: ValidationInfo) -> OpenEnum:
            member = cls(text)
            if is_closed(info) and not member.is_known:
                listed = ", ".join(cls)
                raise ValueError(f"{reprlib.repr(text)} is not one of {listed}")
            return member

        return core_schema.with_info_after_validator_function(
            validate,
            core_schema.str_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(
                str.__str__, return_schema=core_schema.str_schema()
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return {"type": "string", "enum": [str(member) for member in cls], "title": cls.__name__}


CLOSED: Final = {"closed": True}
"""Validation context of the cloud: only what the contract lists gets in."""


def is_closed(info: ValidationInfo) -> bool:
    """Whether values outside the contract are refused (the cloud) or kept (the client)."""
    return bool(info.context and info.context.get("closed"))


Number = Annotated[
    float,
    PlainSerializer(
        lambda number: int(number) if number.is_integer() else number,
        return_type=int | float,
        when_used="json-unless-none",
    ),
]
"""A number of the contract that may have a fraction; a whole one travels without ``.0``."""


def _rfc3339(moment: datetime) -> str:
    text = moment.isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


DateTime = Annotated[
    AwareDatetime, PlainSerializer(_rfc3339, return_type=str, when_used="json-unless-none")
]
"""A moment with its offset, as RFC 3339 with milliseconds: what JavaScript's own clients write."""
