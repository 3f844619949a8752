"""Files that arrive in a multipart form."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import IO

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from hathora_deploy.cloud.errors import UnreadableForm


@asynccontextmanager
async def files_of(
    headers: Headers, body: AsyncGenerator[bytes, None]
) -> AsyncIterator[Mapping[str, IO[bytes]]]:
    """The files by their fields, for as long as the ``with`` block lasts; none if the body is no form.

    They go to the folder for temporary files as they come, so they may be larger than the memory.
    Raises UnreadableForm.
    """
    if not headers.get("content-type", "").lower().startswith("multipart/form-data"):
        yield {}
        return
    try:
        form = await MultiPartParser(headers, body).parse()
    except MultiPartException as error:
        raise UnreadableForm(f"the form cannot be read: {error.message}") from None
    try:
        yield {name: item.file for name, item in form.items() if isinstance(item, UploadFile)}
    finally:
        await form.close()
