"""The keys that Google publishes, to verify its ID tokens with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hathora_deploy.api.errors import RequestTimeout

if TYPE_CHECKING:
    from jwt import PyJWK


@dataclass(frozen=True)
class _Fetched:
    """What is known of the keys. Moments are those of the clock."""

    keys: Mapping[str, PyJWK] = field(default_factory=dict)
    fetched_at: float = float("-inf")
    tried_at: float = float("-inf")
    problem: str | None = None
    """Why the last try failed."""


class GoogleKeys:
    """The keys at a URL, fetched when the first is needed, when they are old, and when a token names
    one that is not among them: Google changes them every few weeks. Times are in seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        lifetime: float = 3600,
        interval: float = 10,
        timeout: float = 5,
    ) -> None:
        self._url = url
        self._clock = clock
        self._lifetime = lifetime
        self._interval = interval
        """At least so long between two tries: anybody can name keys that there are not."""
        self._timeout = timeout
        self._known = _Fetched()
        self._lock = threading.Lock()

    def find(self, key_id: str) -> PyJWK | None:
        """A key, None if Google has none of that name. Raises RequestTimeout if that is not known.

        Old keys are used on while newer ones cannot be fetched.
        """
        is_known = key_id in self._known.keys
        # Whoever has a key, if an old one, does not wait for the thread that looks for newer ones.
        if self._is_due(key_id) and self._lock.acquire(blocking=not is_known):
            try:
                if self._is_due(key_id):  # else another thread has just fetched them
                    self._known = self._fetch()
            finally:
                self._lock.release()
        known = self._known
        key = known.keys.get(key_id)
        if key is None and known.problem is not None:
            raise RequestTimeout(
                f"Google's keys cannot be fetched from {self._url}: {known.problem}",
                hint="try again, or log in another way",
            )
        return key

    def _is_due(self, key_id: str) -> bool:
        known, now = self._known, self._clock()
        is_old = now - known.fetched_at >= self._lifetime
        return (is_old or key_id not in known.keys) and now - known.tried_at >= self._interval

    def _fetch(self) -> _Fetched:
        # Slow to import, and many a cloud never needs them.
        import requests
        from jwt import PyJWTError

        now, before = self._clock(), self._known
        try:
            response = requests.get(self._url, timeout=self._timeout)
            response.raise_for_status()
            keys = _keys_of(response.json())
        except requests.HTTPError as error:
            problem = f"it answered {error.response.status_code}"
        except (requests.JSONDecodeError, PyJWTError, TypeError, AttributeError):
            problem = "what it answers is no set of keys"
        except requests.Timeout:
            problem = "it does not answer"
        except requests.RequestException:
            problem = "it cannot be reached"
        else:
            return _Fetched(keys, now, now)
        return _Fetched(before.keys, before.fetched_at, now, problem)


def _keys_of(document: Any) -> dict[str, PyJWK]:
    from jwt import PyJWKSet

    found = PyJWKSet.from_dict(document).keys
    return {
        key.key_id: key
        for key in found
        if key.key_id is not None and key.key_type == "RSA" and key.public_key_use in (None, "sig")
    }
