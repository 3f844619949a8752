"""Clears away what is left of uploads that nobody completed."""

from __future__ import annotations

import logging
import threading
from typing import Final

from hathora_deploy.cloud.artifacts.port import URL_LIFETIME, Artifacts
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.troubles import Troubles
from hathora_deploy.errors import HathoraError

_log = logging.getLogger(__name__)

_UPLOADS: Final = "uploads"
_LAST_WAIT: Final = 1.0


class Expiry:
    """A thread that has the artifacts expire their uploads: when it starts, and at an interval."""

    def __init__(self, *, settings: CloudSettings, artifacts: Artifacts) -> None:
        self._settings = settings
        self._artifacts = artifacts
        self._closed = threading.Event()
        self._troubles = Troubles()
        # A daemon, because a store that does not answer must not keep the cloud from ending.
        self._thread = threading.Thread(target=self._loop, name="expiry", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join(_LAST_WAIT)

    def _loop(self) -> None:
        while not self._closed.is_set():
            self._expire()
            self._closed.wait(self._settings.expiry_interval)

    def _expire(self) -> None:
        try:
            expired = self._artifacts.expire(older_than=URL_LIFETIME)
        except Exception as error:  # noqa: BLE001 - the next look may fare better, and there has to be one
            problem = error.message if isinstance(error, HathoraError) else repr(error)
            if self._troubles.note(_UPLOADS, problem):
                _log.warning("abandoned uploads are not cleared away: %s", problem)
            return
        self._troubles.settle(_UPLOADS)
        if expired:
            _log.info("cleared away %d uploads that nobody completed", expired)
