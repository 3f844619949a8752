"""The typed client: the only code that sends HTTP to the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hathora_deploy.client.abort import Abort
from hathora_deploy.client.cloud import HathoraCloud
from hathora_deploy.client.endpoint import SERVERS
from hathora_deploy.client.hooks import Hooks
from hathora_deploy.client.message import Request, Response
from hathora_deploy.client.result import Err, Ok
from hathora_deploy.client.retry import RetryPolicy

if TYPE_CHECKING:
    from hathora_deploy.client.async_cloud import AsyncHathoraCloud

__all__ = [
    "SERVERS",
    "Abort",
    "AsyncHathoraCloud",
    "Err",
    "HathoraCloud",
    "Hooks",
    "Ok",
    "Request",
    "Response",
    "RetryPolicy",
]


def __getattr__(name: str) -> Any:
    # A program that blocks does not pay for asyncio.
    if name == "AsyncHathoraCloud":
        from hathora_deploy.client.async_cloud import AsyncHathoraCloud

        return AsyncHathoraCloud
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
