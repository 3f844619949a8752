"""Threads that do what cannot be interrupted, while whoever waits for it can be."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
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


class _Ended(Exception):
    """There will be no more jobs."""


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
        # No lock: append, pop and remove are atomic, and a signal handler may make a call in a call.
        self._idle: list[_Worker] = []
        self._end = weakref.finalize(self, _end_all, self._idle)
        self._end.atexit = False

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

        self._worker().inbox.put(job)
        return wait

    def close(self) -> None:
        """End the threads that have no job."""
        self._end()

    def _worker(self) -> _Worker:
        with suppress(IndexError):
            while True:
                worker = self._idle.pop()
                # A process that was forked has the list of its parent, and none of the threads.
                if worker.is_alive():
                    return worker
        worker = _Worker(self._idle)
        worker.start()
        return worker


class _Worker(threading.Thread):
    """Does one job after another; between them it stands among the idle."""

    def __init__(self, idle: list[_Worker]) -> None:
        super().__init__(name="hathora-call", daemon=True)
        self.inbox: SimpleQueue[Job] = SimpleQueue()
        self._idle = idle

    def run(self) -> None:
        while True:
            try:
                self.inbox.get(timeout=_IDLE)()
            except Empty:
                try:
                    self._idle.remove(self)
                except ValueError:
                    continue  # a job is on its way
                return
            except _Ended:
                return
            self._idle.append(self)


def _end_all(idle: list[_Worker]) -> None:
    while idle:
        idle.pop().inbox.put(_end)


def _end() -> NoReturn:
    raise _Ended
