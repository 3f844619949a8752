"""Threads that do what cannot be interrupted, while whoever waits for it can be."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Final, Generic, NoReturn, TypeVar

from hathora_deploy.client.abort import Aborts

T = TypeVar("T")
Job = Callable[[], None]

_IDLE: Final = 10.0
"""Seconds for which a thread waits for another job before it ends."""


class Expired(Exception):
    """The time of a wait is over."""


class Aborted(Exception):
    """A wait was aborted."""


class Wait(Generic[T]):
    """Where a thread waits for what another brings, for an abort, or for the end of its time."""

    def __init__(self) -> None:
        self._brought: SimpleQueue[Callable[[], T]] = SimpleQueue()
        self.is_over = False

    def bring(self, outcome: Callable[[], T]) -> None:
        """End the wait with what ``outcome`` returns or raises."""
        self._brought.put(outcome)

    def aborted(self) -> None:
        self.bring(_give_up)

    def result(self, *, timeout: float | None, aborts: Aborts) -> T:
        """What was brought first. Raises Expired or Aborted where nothing was."""
        try:
            with aborts.told_to(self):
                return self._brought.get(timeout=timeout)()
        except Empty:
            raise Expired from None
        finally:
            self.is_over = True


def _give_up() -> NoReturn:
    raise Aborted


def _raise(error: BaseException) -> NoReturn:
    raise error


class Workers:
    """Daemon threads: as many as there are jobs at a time, and none for long without one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Job]] = []

    def begin(self, work: Callable[[Wait[T]], T]) -> Wait[T]:
        """Begin ``work`` in another thread, and return the wait for what comes of it.

        The work is given the wait too: once that is over, nobody wants what it does.
        """
        wait: Wait[T] = Wait()
        context = copy_context()

        def job() -> None:
            try:
                result = context.run(work, wait)
            except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
                failure = error
                wait.bring(lambda: _raise(failure))
            else:
                wait.bring(lambda: result)

        self._inbox().put(job)
        return wait

    def _inbox(self) -> SimpleQueue[Job]:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        inbox: SimpleQueue[Job] = SimpleQueue()
        threading.Thread(
            target=self._serve, args=(inbox,), name="hathora-call", daemon=True
        ).start()
        return inbox

    def _serve(self, inbox: SimpleQueue[Job]) -> None:
        while True:
            try:
                inbox.get(timeout=_IDLE)()
            except Empty:
                with self._lock:
                    if inbox in self._idle:
                        self._idle.remove(inbox)
                        return
                continue  # a job is on its way
            with self._lock:
                self._idle.append(inbox)
