"""Requests to presigned URLs. A URL is a key to the store: no error and no log ever shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import requests

from hathora_deploy.client.endpoint import is_on_this_machine
from hathora_deploy.client.errors import ConnectionError, RequestTimeoutError, TransportError
from hathora_deploy.client.retry import retry_after
from hathora_deploy.client.session import NoAuth
from hathora_deploy.client.translation import translated_errors
from hathora_deploy.pipeline.connection import CuttableAdapter
from hathora_deploy.pipeline.errors import RefusedError, UploadError
from hathora_deploy.pipeline.part import PartBody
from hathora_deploy.pipeline.retry import is_passing_status
from hathora_deploy.pipeline.settings import UploadSettings
from hathora_deploy.pipeline.stall import StallWatch
from hathora_deploy.secret import Secret

_CONFLICT: Final = 409
"""An older attempt at the same part is still on its way: S3 says to try again."""
_MARGIN: Final = 60.0
"""Seconds by which a socket outwaits the watch, which sees more and says more."""


class PassingFailure(Exception):
    """An attempt failed in a way that the next may not. ``asked`` is the pause that a store asked for."""

    def __init__(
        self,
        what: str,
        *,
        was_answered: bool,
        is_congestion: bool = False,
        asked: float | None = None,
    ) -> None:
        super().__init__(what)
        self.was_answered = was_answered
        self.is_congestion = is_congestion
        self.asked = asked


class StoreConnection:
    """A connection to a store, kept for the next request. One thread sends; another may cut it off."""

    def __init__(self, settings: UploadSettings) -> None:
        self._settings = settings
        self._adapter = CuttableAdapter(pool_maxsize=1)
        self._session = requests.Session()
        self._session.mount("http://", self._adapter)
        self._session.mount("https://", self._adapter)
        self._watch: StallWatch | None = None
        self._was_stalled = False

    def put(
        self, url: Secret, body: Callable[[StallWatch], PartBody]
    ) -> tuple[requests.Response, PartBody]:
        """Send a part. Raises PassingFailure when no answer came, UploadError when none can come."""
        watch = self._new_watch()
        part = body(watch)
        answer = self._request(
            "PUT", url, part, "application/octet-stream", self._settings.answer_timeout, watch
        )
        return answer, part

    def post(self, url: Secret, document: bytes) -> requests.Response:
        """Send the document that joins the parts. Raises as ``put`` does."""
        watch, seconds = self._new_watch(), self._settings.join_timeout
        watch.awaits_answer(seconds)
        return self._request("POST", url, document, "application/xml", seconds, watch)

    def cut_if_stalled(self) -> None:
        """Called by a thread that watches."""
        watch = self._watch
        if watch is not None and watch.is_stalled:
            self._was_stalled = True
            self.cut()

    def cut(self) -> None:
        """End what is being sent or waited for."""
        self._adapter.cut()

    def close(self) -> None:
        self._session.close()

    def _new_watch(self) -> StallWatch:
        window = self._settings.stall_window
        return StallWatch(window=window, least=window * self._settings.least_rate)

    def _request(
        self,
        method: str,
        url: Secret,
        body: PartBody | bytes,
        content_type: str,
        answer_timeout: float,
        watch: StallWatch,
    ) -> requests.Response:
        text = url.reveal()
        _require_usable(text)
        # A proxy of the environment cannot reach this machine's own loopback.
        self._session.trust_env = not is_on_this_machine(text)
        self._was_stalled = False
        self._watch = watch
        try:
            with translated_errors(text):
                answer = self._session.request(
                    method,
                    text,
                    data=body,  # type: ignore[arg-type]  # a memoryview is sent as bytes are
                    headers={"Content-Type": content_type},
                    auth=NoAuth(),  # none from ~/.netrc either
                    timeout=(self._settings.connect_timeout, answer_timeout + _MARGIN),
                    allow_redirects=False,
                )
        except TransportError as error:
            raise self._failure(error) from None
        finally:
            self._watch = None
        if self._was_stalled:
            raise self._stalled()  # what looks like the end of the answer was the cut
        return answer

    def _failure(self, error: TransportError) -> PassingFailure:
        if self._was_stalled:
            return self._stalled()
        if isinstance(error, ConnectionError | RequestTimeoutError):
            return PassingFailure(
                error.message,
                was_answered=False,
                is_congestion=isinstance(error, RequestTimeoutError),
            )
        # What it says may name the URL.
        return PassingFailure(type(error).__name__, was_answered=False)

    def _stalled(self) -> PassingFailure:
        return PassingFailure("the connection stalled", was_answered=False, is_congestion=True)


def require_success(name: str, response: requests.Response) -> None:
    """Raises PassingFailure or RefusedError, by the status, unless it is 200."""
    if response.status_code == 200:
        return
    status = f"HTTP {response.status_code} {response.reason}".rstrip()
    if is_passing_status(response.status_code) or response.status_code == _CONFLICT:
        raise PassingFailure(
            f"the store answered {status}",
            was_answered=True,
            is_congestion=response.status_code in (429, 503),
            asked=retry_after(response.headers.get("Retry-After"), now=datetime.now(UTC)),
        )
    raise RefusedError(
        f"{name} was refused by the store: {status}",
        status=response.status_code,
        hint="upload URLs expire: deploy again" if response.status_code == 403 else None,
    )


def _require_usable(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise UploadError("the cloud gave an upload URL that cannot be used")
