"""Writes down who created, changed, stopped or deleted what, and reads it again.

A thread writes what came in a moment at once, so that calls do not wait for it. A cloud that is
closed has written all; one that is killed loses at most that moment, and the moment of a write.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from hathora_deploy.cloud.allowance import Allowance
from hathora_deploy.cloud.attempt import Attempt
from hathora_deploy.cloud.database import opened
from hathora_deploy.cloud.rates import Rate
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import apps, audit
from hathora_deploy.cloud.state.audit import AuditRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.errors import HathoraError

_log = logging.getLogger(__name__)

_MOMENT: Final = 0.1
_MOST_AT_ONCE: Final = 1000
_WAITING: Final = 10_000
"""Attempts. When so many are not written down, calls wait."""
_PATIENCE: Final = 10.0
_TRIES: Final = 3

STRANGERS: Final = Rate(0.1, 1000)
"""Attempts of callers without a good token, who could fill the disk with them; all of them together."""

_Told = tuple[Attempt, int, int]
"""With the status that it was answered with, and how many of strangers were left out before."""


class AuditLog:
    """A thread that writes, from ``start`` until ``close``."""

    def __init__(
        self,
        *,
        settings: CloudSettings,
        store: Store,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._store = store
        self._waiting: queue.Queue[_Told | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._loop, name="audit", daemon=True)
        self._strangers = Allowance(STRANGERS, clock=clock)
        self._missed = 0
        """Since the database took something last."""

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Return when all is written down."""
        if self._thread.ident is not None:
            self._waiting.put(None)
            self._thread.join()
            self._tell_of_missed()

    async def note(self, attempt: Attempt, status: int) -> None:
        """Have an attempt written down, soon."""
        if not attempt.is_told(status):
            return
        left_out = 0
        if not attempt.is_authorized:
            if not self._strangers.take():
                return
            left_out = self._strangers.left_out()
        told = (attempt, status, left_out)
        try:
            self._waiting.put_nowait(told)
        except queue.Full:
            try:
                await asyncio.to_thread(self._waiting.put, told, timeout=_PATIENCE)
            except queue.Full:
                self._miss(told, "it cannot be written")

    def forget_old(self) -> int:
        """Remove what is older than it is kept; how much there was."""
        before = datetime.now(UTC) - timedelta(days=self._settings.audit_retention_days)
        with self._store.write() as connection:
            return audit.forget(connection, before)

    def _loop(self) -> None:
        is_over = False
        while not is_over:
            told = [self._waiting.get()]
            if told[0] is not None:
                time.sleep(_MOMENT)
            while len(told) < _MOST_AT_ONCE and not self._waiting.empty():
                told.append(self._waiting.get())
            is_over = None in told
            self._write([each for each in told if each is not None])

    def _write(self, told: Sequence[_Told]) -> None:
        if not told:
            return
        for tries in range(1, _TRIES + 1):
            try:
                with self._store.write() as connection:
                    audit.add(connection, _records(connection, told))
                self._tell_of_missed()
                return
            except Exception as error:  # noqa: BLE001 - what cannot be kept there is at least told of
                problem = error.message if isinstance(error, HathoraError) else repr(error)
            time.sleep(tries)
        for each in told:
            self._miss(each, problem)

    def _miss(self, told: _Told, problem: str) -> None:
        """The cloud's own log tells of the first ones, and how many there were in the end."""
        self._missed += 1
        _log.error("the audit log misses %s: %s", _line(told), problem)

    def _tell_of_missed(self) -> None:
        count, self._missed = self._missed, 0
        if count:
            _log.error("the audit log misses %d calls since it was written last", count)


def read(
    settings: CloudSettings, *, since: datetime | None, operation: str | None, limit: int
) -> list[AuditRecord]:
    """The last ones of a cloud, oldest first. Raises CloudError."""
    with opened(settings) as store, store.read() as connection:
        return audit.latest(connection, since=since, operation=operation, limit=limit)


def _records(connection: Connection, told: Sequence[_Told]) -> list[AuditRecord]:
    org_of_app: dict[str, str | None] = {}
    found = []
    for attempt, status, left_out in told:
        subject = attempt.subject
        org_id = subject.get("orgId")
        app_id = subject.get("appId")
        if org_id is None and app_id is not None:
            if app_id not in org_of_app:
                app = apps.recall(connection, app_id)
                org_of_app[app_id] = app.org_id if app is not None else None
            org_id = org_of_app[app_id]
        if org_id is None:
            org_id = next(iter(attempt.org_ids), None)
        found.append(
            AuditRecord(
                at=attempt.at,
                org_id=org_id,
                caller=attempt.caller,
                operation=attempt.shape.operation.__name__,
                subject=subject | ({"leftOutBefore": str(left_out)} if left_out else {}),
                status=status,
                request_id=attempt.request_id,
            )
        )
    return found


def _line(told: _Told) -> str:
    attempt, status, _ = told
    name = attempt.shape.operation.__name__
    # A name of a token, or the id of a player, is anything: it must not look like lines of the log.
    caller = attempt.caller if attempt.caller.isprintable() else repr(attempt.caller)
    return f"{name} {attempt.subject} by {caller}, {status} (request {attempt.request_id})"
