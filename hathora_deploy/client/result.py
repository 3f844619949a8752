"""A call's outcome as a value, for those who would rather match than catch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from hathora_deploy.errors import HathoraError

ResultT = TypeVar("ResultT", covariant=True)


@dataclass(frozen=True)
class Ok(Generic[ResultT]):
    """The call succeeded."""

    value: ResultT


@dataclass(frozen=True)
class Err:
    """The call failed."""

    error: HathoraError
