"""Tells browsers which pages may read the answers of a cloud: without a word from it, they show them to none."""

from __future__ import annotations

from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from hathora_deploy.cloud.origins import Origins

_READ_BY_CLIENTS: Final = ("ETag", "Retry-After", "X-Request-Id")
"""Headers of answers that pages see, besides the few that browsers always show."""
_REMEMBERED: Final = 7200
"""Seconds for which a browser need not ask again; Chromium takes no more."""


def answers_for_pages(origins: Origins) -> list[Middleware]:
    """What puts the headers on every answer, errors too, and answers the question before a call.

    Nothing here refuses a call: browsers do, and HostAndOriginGuard. Credentials are never allowed, as
    no browser has any of this cloud: whoever calls sends a token that the page knows.
    """
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins.listed,
            allow_methods=["*"],
            allow_headers=["*"],
            allow_private_network=True,  # from the Internet to a cloud on this machine: they were named
            expose_headers=_READ_BY_CLIENTS,
            max_age=_REMEMBERED,
        )
    ]
