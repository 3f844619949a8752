"""The threads of an upload: as many as help, each on a connection of its own, watched by who started them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from hathora_deploy.api.multipart import CompletedPart
from hathora_deploy.pipeline.clock import MONOTONIC, Clock
from hathora_deploy.pipeline.concurrency import Concurrency
from hathora_deploy.pipeline.part_plan import PartUpload
from hathora_deploy.pipeline.part_sender import PartSender, SentPart
from hathora_deploy.pipeline.presigned import StoreConnection
from hathora_deploy.pipeline.settings import UploadSettings
from hathora_deploy.secret import Secret

_TICK: Final = 0.25


@dataclass(frozen=True)
class _Ready:
    """A part can be sent."""

    part: PartUpload


@dataclass(frozen=True)
class _AllReady:
    """There are no more parts than those that were ready."""


@dataclass(frozen=True)
class _Sent:
    """A part has arrived, and how many bytes it has."""

    part: SentPart
    size: int


@dataclass(frozen=True)
class _Joined:
    """The parts are an archive."""


@dataclass(frozen=True)
class _Troubled:
    """The link or the store has more to do than it can."""


@dataclass(frozen=True)
class _Failed:
    """What ends the upload."""

    error: BaseException


_Event = _Ready | _AllReady | _Sent | _Joined | _Troubled | _Failed
_Task = Callable[[StoreConnection], _Event]


class UploadCrew:
    """Leaving the ``with`` block ends every thread; what it still sends is cut off."""

    def __init__(
        self, sender: PartSender, settings: UploadSettings, *, clock: Clock = MONOTONIC
    ) -> None:
        self._sender = sender
        self._settings = settings
        self._clock = clock
        self._concurrency = Concurrency(most=settings.most_at_once, now=clock())
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._at_work: dict[threading.Thread, StoreConnection] = {}
        self._next_look = clock()

    def send(self, parts: Iterable[PartUpload]) -> Iterator[SentPart]:
        """Each part that has arrived; ``parts`` may take its time.

        Raises what ends the upload, as soon as that is known.
        """
        threading.Thread(target=self._feed, args=(parts,), name="parts", daemon=True).start()
        waiting, is_open = 0, True
        while is_open or waiting:
            match self._next():
                case _Ready(part):
                    waiting += 1
                    self._tasks.put(self._sending(part))
                case _AllReady():
                    is_open = False
                case _Sent(sent, size):
                    waiting -= 1
                    self._concurrency.sent(size, now=self._clock())
                    yield sent
                case _:
                    pass
            self._staff(waiting)

    def join(self, url: Secret, parts: Sequence[CompletedPart]) -> None:
        """Have the store make an archive of the parts."""

        def task(connection: StoreConnection) -> _Event:
            self._sender.join(url, parts, connection, troubled=self._troubled)
            return _Joined()

        self._tasks.put(task)
        self._staff(1)
        while not isinstance(self._next(), _Joined):
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sender.stop.set()
        with self._lock:
            at_work = dict(self._at_work)
        for connection in at_work.values():
            self._tasks.put(None)
            connection.cut()
        deadline = self._clock() + self._settings.stop_timeout
        for thread in at_work:
            with suppress(
                RuntimeError
            ):  # an interrupt came while it was started: it ends by itself
                thread.join(max(0.0, deadline - self._clock()))

    def _next(self) -> _Event:
        """Waits in short steps: on Windows, Ctrl-C is heard only between them."""
        while True:
            self._cut_what_stalled()
            try:
                event = self._events.get(timeout=_TICK)
            except queue.Empty:
                continue
            if isinstance(event, _Failed):
                raise event.error
            if isinstance(event, _Troubled):
                self._concurrency.troubled(now=self._clock())
            return event

    def _cut_what_stalled(self) -> None:
        if self._clock() < self._next_look:
            return
        self._next_look = self._clock() + _TICK
        with self._lock:
            connections = list(self._at_work.values())
        for connection in connections:
            connection.cut_if_stalled()

    def _feed(self, parts: Iterable[PartUpload]) -> None:
        try:
            for part in parts:
                self._events.put(_Ready(part))
            self._events.put(_AllReady())
        except BaseException as error:  # noqa: BLE001  # raised again where the parts are sent
            self._events.put(_Failed(error))

    def _sending(self, part: PartUpload) -> _Task:
        def task(connection: StoreConnection) -> _Event:
            sent = self._sender.send(part, connection, troubled=self._troubled)
            return _Sent(sent, part.part.length)

        return task

    def _troubled(self) -> None:
        self._events.put(_Troubled())

    def _staff(self, waiting: int) -> None:
        """Have as many threads as there is work for, and no more than help."""
        with self._lock:
            wanted = min(waiting, self._concurrency.target) - len(self._at_work)
            for _ in range(wanted):
                connection = StoreConnection(self._settings)
                # A daemon, because a thread that hangs must not keep the program from ending.
                thread = threading.Thread(
                    target=self._work, args=(connection,), name="upload", daemon=True
                )
                self._at_work[thread] = connection
                thread.start()

    def _work(self, connection: StoreConnection) -> None:
        try:
            while task := self._tasks.get():
                if self._sender.stop.is_set():
                    break
                self._events.put(task(connection))
                if self._is_one_too_many():
                    break
        except BaseException as error:  # noqa: BLE001  # raised again where the parts are sent
            self._events.put(_Failed(error))
        finally:
            connection.close()

    def _is_one_too_many(self) -> bool:
        with self._lock:
            is_too_many = len(self._at_work) > self._concurrency.target
            if is_too_many:
                del self._at_work[threading.current_thread()]
            return is_too_many
