"""Sends a part, or the call that joins them all, again if need be, until the store has it."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from hathora_deploy.api.multipart import CompletedPart, PartRange, completion_document
from hathora_deploy.pipeline.clock import MONOTONIC, Clock
from hathora_deploy.pipeline.errors import UploadError
from hathora_deploy.pipeline.etag import is_damaged
from hathora_deploy.pipeline.link import Link
from hathora_deploy.pipeline.part import READ_BYTES, PartBody
from hathora_deploy.pipeline.part_plan import PartUpload
from hathora_deploy.pipeline.presigned import PassingFailure, StoreConnection, require_success
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.rate import Limiter
from hathora_deploy.pipeline.settings import UploadSettings
from hathora_deploy.pipeline.stall import StallWatch
from hathora_deploy.secret import Secret

ResultT = TypeVar("ResultT")
Troubled = Callable[[], None]


@dataclass(frozen=True)
class SentPart:
    """A part that has arrived, and the MD5 of its bytes, in hex."""

    completed: CompletedPart
    md5: str


class Stopped(Exception):
    """Another part has failed, or the upload was interrupted."""


class PartSender:
    """Used by several threads at once, each with a connection of its own, until ``stop`` is set.

    ``troubled`` is called when the link or the store has more to do than it can. ``known`` are parts that
    have arrived earlier, which are not sent again if they still have the same bytes. ``link`` is told.
    """

    def __init__(
        self,
        path: Path,
        *,
        settings: UploadSettings,
        reporter: Reporter,
        link: Link,
        known: Mapping[int, SentPart] = MappingProxyType({}),
        clock: Clock = MONOTONIC,
    ) -> None:
        self._path = path
        self._settings = settings
        self._reporter = reporter
        self._link = link
        self._known = known
        self._clock = clock
        rate = settings.rate_limit
        self._limiter = None if rate is None else Limiter(rate, clock=clock)
        self.stop = threading.Event()

    def send(
        self, upload: PartUpload, connection: StoreConnection, *, troubled: Troubled
    ) -> SentPart:
        name = f"part {upload.part.number}"
        known = self._known.get(upload.part.number)
        if known is not None and known.md5 == self._md5(upload.part):
            self._link.skipped(upload.part.length)
            self._reporter.uploaded(upload.part.length)
            return known
        with self._link.sending(upload.part.length):
            return self._attempts(name, lambda _: self._put(name, upload, connection), troubled)

    def join(
        self,
        url: Secret,
        parts: Sequence[CompletedPart],
        connection: StoreConnection,
        *,
        troubled: Troubled,
    ) -> None:
        document = completion_document(parts)
        may_be_joined = bool(self._known)  # what was ended may have come so far
        self._attempts(
            "the archive",
            lambda is_unsure: _join(url, document, connection, is_unsure or may_be_joined),
            troubled,
        )

    def _attempts(
        self, name: str, attempt_once: Callable[[bool], ResultT], troubled: Troubled
    ) -> ResultT:
        """``attempt_once`` is told whether an earlier attempt got no answer, and so may have worked."""
        policy, begun = self._settings.retries, self._clock()
        is_unsure = False
        attempt = 0
        while True:
            attempt += 1
            try:
                return attempt_once(is_unsure)
            except PassingFailure as error:
                failure = error
            if self.stop.is_set():
                raise Stopped
            is_unsure = is_unsure or not failure.was_answered
            if failure.is_congestion:
                troubled()
            jitter = random.random()  # noqa: S311  # no secret
            delay = policy.pause(attempt, jitter=jitter, asked=failure.asked)
            elapsed = self._clock() - begun + delay
            if attempt >= policy.max_attempts or elapsed > policy.max_elapsed:
                raise UploadError(
                    f"{name} could not be uploaded in {attempt} attempts: {failure}",
                    hint="check the network, then deploy again",
                )
            self._pause(delay)

    def _put(self, name: str, upload: PartUpload, connection: StoreConnection) -> SentPart:
        handed_out = 0

        def sending(watch: StallWatch, count: int) -> None:
            nonlocal handed_out
            if self.stop.is_set():
                raise Stopped
            if self._limiter is not None:
                with watch.held():
                    self._limiter.wait(count, self._pause)
            watch.moved(count)
            self._link.taken(count)
            handed_out += count
            self._reporter.uploaded(count)

        try:
            with self._path.open("rb", buffering=0) as file:

                def body(watch: StallWatch) -> PartBody:
                    return PartBody(
                        file,
                        upload.part,
                        sending=partial(sending, watch),
                        ended=lambda: watch.awaits_answer(self._settings.answer_timeout),
                        most=self._limiter.largest_piece if self._limiter else READ_BYTES,
                    )

                response, sent = connection.put(upload.url, body)
            require_success(name, response)
            if not response.headers.get("ETag"):
                raise UploadError(f"{name}: the store answered without an ETag")
            if is_damaged(sent.md5, response.headers):
                raise PassingFailure("it arrived with other bytes", was_answered=True)
            return SentPart(CompletedPart(upload.part.number, response.headers["ETag"]), sent.md5)
        except BaseException:
            self._reporter.uploaded(-handed_out)
            raise

    def _md5(self, part: PartRange) -> str:
        def reading(_: int) -> None:
            if self.stop.is_set():
                raise Stopped

        with self._path.open("rb", buffering=0) as file:
            body = PartBody(file, part, sending=reading)
            for _ in body:
                pass
            return body.md5

    def _pause(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Stopped


def _join(url: Secret, document: bytes, connection: StoreConnection, is_unsure: bool) -> None:
    response = connection.post(url, document)
    if response.status_code == 404 and is_unsure:
        return  # an attempt without an answer has joined them, and the upload is no more
    require_success("the archive", response)
    # S3 begins its answer before it is sure, and may go on to an error.
    if re.match(rb"\s*(<\?xml[^>]*>\s*)?<Error[\s>]", response.content):
        raise PassingFailure("the store could not join the parts", was_answered=True)
