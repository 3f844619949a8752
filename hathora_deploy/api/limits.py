"""Limits that more than one operation sets, from Hathora's public specification of 2024-05-08."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

AppName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9-]+$")]
MAX_BUILD_TAG: Final = 1000
BuildTag = Annotated[str, Field(max_length=MAX_BUILD_TAG)]
RoomConfig = Annotated[str, Field(max_length=10_000)]
RoomId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-zA-Z0-9_-]*$")]
RoomsPerProcess = Annotated[int, Field(ge=1, le=10_000)]
ShortCode = Annotated[str, Field(max_length=100)]
TailLines = Annotated[int, Field(ge=1, le=5_000)]
