"""One attempt at a presigned URL. The URL is a key to the store: no error and no log ever shows it."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import requests

from hathora_deploy.client.endpoint import is_loopback
from hathora_deploy.client.errors import ConnectionError, RequestTimeoutError, TransportError
from hathora_deploy.client.session import NoAuth, open_session
from hathora_deploy.client.translation import translated_errors
from hathora_deploy.pipeline.errors import UploadError
from hathora_deploy.pipeline.part import PartBody
from hathora_deploy.pipeline.retry import is_passing_status
from hathora_deploy.secret import Secret

SEND_TIMEOUT: Final = 90.0
"""Seconds to connect, or to get a piece of a part away."""


class PassingFailure(Exception):
    """An attempt failed in a way that the next may not."""

    def __init__(self, what: str, *, was_answered: bool) -> None:
        super().__init__(what)
        self.was_answered = was_answered


def request_presigned(
    method: str,
    url: Secret,
    *,
    body: PartBody | bytes,
    content_type: str,
    answer_timeout: float,
) -> requests.Response:
    """Raises PassingFailure when no answer came, UploadError when none can come."""
    text = url.reveal()
    _require_usable(text)
    try:
        with open_session() as session, translated_errors(text):
            # A proxy of the environment cannot reach this machine's own loopback.
            session.trust_env = not is_loopback(text)
            return session.request(
                method,
                text,
                data=body,
                headers={"Content-Type": content_type},
                auth=NoAuth(),  # none from ~/.netrc either
                timeout=(SEND_TIMEOUT, answer_timeout),
                allow_redirects=False,
            )
    except (ConnectionError, RequestTimeoutError) as error:
        raise PassingFailure(error.message, was_answered=False) from None
    except TransportError as error:
        # What it says may name the URL.
        raise PassingFailure(type(error).__name__, was_answered=False) from None


def _require_usable(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise UploadError("the cloud gave an upload URL that cannot be used")


def require_success(name: str, response: requests.Response) -> None:
    """Raises PassingFailure or UploadError, by the status, unless it is 200."""
    if response.status_code == 200:
        return
    status = f"HTTP {response.status_code} {response.reason}".rstrip()
    if is_passing_status(response.status_code):
        raise PassingFailure(f"the store answered {status}", was_answered=True)
    raise UploadError(
        f"{name} was refused by the store: {status}",
        hint="upload URLs expire: deploy again" if response.status_code == 403 else None,
    )
