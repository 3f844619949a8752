"""The upload of an archive: parts to presigned URLs, several at once, and the call that joins them."""

from __future__ import annotations

import queue
import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from hathora_deploy.api.builds import CreatedBuildV3WithMultipartUrls
from hathora_deploy.api.multipart import CompletedPart, PartRange, completion_document, part_ranges
from hathora_deploy.client.retry import RetryPolicy
from hathora_deploy.pipeline.archive import Archive
from hathora_deploy.pipeline.errors import UploadError
from hathora_deploy.pipeline.part import PartBody
from hathora_deploy.pipeline.presigned import (
    PassingFailure,
    request_presigned,
    require_success,
)
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.secret import Secret

ResultT = TypeVar("ResultT")

DEFAULT_POLICY: Final = RetryPolicy(exponent=2.0, max_interval=15.0)
ANSWER_TIMEOUT: Final = 120.0
"""Seconds a store may take to answer a part."""
JOIN_TIMEOUT: Final = 300.0
"""Seconds a store may take to join the parts."""
_STOP_TIMEOUT: Final = 5.0
_TICK: Final = 0.25


@dataclass(frozen=True)
class PartUpload:
    """A part and where it goes."""

    part: PartRange
    url: Secret


def upload(
    archive: Archive,
    build: CreatedBuildV3WithMultipartUrls,
    *,
    reporter: Reporter,
    concurrency: int = 4,
    policy: RetryPolicy = DEFAULT_POLICY,
) -> None:
    """Send every part, at most ``concurrency`` at once, then join them.

    Raises UploadError, without the URL, as soon as one part has failed for good; the others stop.
    """
    parts = plan_parts(archive.size, build)
    reporter.uploading(archive.size, len(parts))
    sender = _Sender(archive.path, reporter, policy)
    completed = _send_all(sender, parts, concurrency)
    sender.complete(build.complete_upload_post_request_url, completed)
    reporter.upload_complete()


def plan_parts(size: int, build: CreatedBuildV3WithMultipartUrls) -> tuple[PartUpload, ...]:
    """Which bytes go to which URL. Raises UploadError when the cloud's URLs do not fit the archive."""
    urls = {each.part_number: each.put_request_url for each in build.upload_parts}
    ranges = part_ranges(size, max(1, build.max_chunk_size))
    if sorted(urls) != [part.number for part in ranges]:
        raise UploadError(
            f"the cloud gave {len(urls)} upload URLs for {len(ranges)} parts of "
            f"{build.max_chunk_size} bytes"
        )
    return tuple(PartUpload(part, urls[part.number]) for part in ranges)


def _send_all(
    sender: _Sender, parts: Sequence[PartUpload], concurrency: int
) -> list[CompletedPart]:
    waiting: queue.SimpleQueue[PartUpload] = queue.SimpleQueue()
    for part in parts:
        waiting.put(part)
    results: queue.SimpleQueue[CompletedPart | BaseException] = queue.SimpleQueue()

    def work() -> None:
        try:
            while not sender.stop.is_set():
                results.put(sender.send(waiting.get_nowait()))
        except queue.Empty:
            pass
        except BaseException as error:  # noqa: BLE001  # raised again where the upload was asked for
            results.put(error)

    # Daemons, because a thread that hangs in a send must not keep the program from ending.
    threads = [
        threading.Thread(target=work, name=f"upload-{number}", daemon=True)
        for number in range(min(concurrency, len(parts)))
    ]
    try:
        for thread in threads:
            thread.start()
        completed: list[CompletedPart] = []
        while len(completed) < len(parts):
            result = _next(results)
            if isinstance(result, BaseException):
                raise result
            completed.append(result)
        return completed
    except BaseException:
        sender.stop.set()
        deadline = time.monotonic() + _STOP_TIMEOUT
        for thread in threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        raise


def _next(results: queue.SimpleQueue[ResultT]) -> ResultT:
    """The next result. Waits in short steps: on Windows, Ctrl-C is heard only between them."""
    while True:
        try:
            return results.get(timeout=_TICK)
        except queue.Empty:
            continue


class _Stopped(Exception):
    """Another part has failed, or the upload was interrupted."""


class _Sender:
    """Sends to presigned URLs, again if need be, until ``stop`` is set."""

    def __init__(self, path: Path, reporter: Reporter, policy: RetryPolicy) -> None:
        self._path = path
        self._reporter = reporter
        self._policy = policy
        self.stop = threading.Event()

    def send(self, upload: PartUpload) -> CompletedPart:
        name = f"part {upload.part.number}"
        return self._attempts(name, lambda _: self._put(name, upload))

    def complete(self, url: Secret, parts: Sequence[CompletedPart]) -> None:
        document = completion_document(parts)
        self._attempts("the archive", partial(self._join, url, document))

    def _attempts(self, name: str, attempt_once: Callable[[bool], ResultT]) -> ResultT:
        """``attempt_once`` is told whether an earlier attempt got no answer, and so may have worked."""
        is_unsure = False
        for attempt in range(1, self._policy.max_attempts + 1):
            try:
                return attempt_once(is_unsure)
            except PassingFailure as error:
                is_unsure = is_unsure or not error.was_answered
                problem = str(error)
            if attempt < self._policy.max_attempts:
                delay = self._policy.pause(attempt, jitter=random.random())  # noqa: S311  # no secret
                if self.stop.wait(delay):
                    raise _Stopped
        raise UploadError(
            f"{name} could not be uploaded in {self._policy.max_attempts} attempts: {problem}",
            hint="check the network, then deploy again",
        )

    def _put(self, name: str, upload: PartUpload) -> CompletedPart:
        handed_out = 0

        def sent(delta: int) -> None:
            nonlocal handed_out
            if self.stop.is_set():
                raise _Stopped
            handed_out += delta
            self._reporter.uploaded(delta)

        try:
            with self._path.open("rb", buffering=0) as file:
                response = request_presigned(
                    "PUT",
                    upload.url,
                    body=PartBody(file, upload.part, sent),
                    content_type="application/octet-stream",
                    answer_timeout=ANSWER_TIMEOUT,
                )
            require_success(name, response)
            if not response.headers.get("ETag"):
                raise UploadError(f"{name}: the store answered without an ETag")
            return CompletedPart(upload.part.number, response.headers["ETag"])
        except BaseException:
            self._reporter.uploaded(-handed_out)
            raise

    def _join(self, url: Secret, document: bytes, is_unsure: bool) -> None:
        response = request_presigned(
            "POST",
            url,
            body=document,
            content_type="application/xml",
            answer_timeout=JOIN_TIMEOUT,
        )
        if response.status_code == 404 and is_unsure:
            return  # an attempt without an answer has joined them, and the upload is no more
        require_success("the archive", response)
        # S3 begins its answer before it is sure, and may go on to an error.
        if re.match(rb"\s*(<\?xml[^>]*>\s*)?<Error[\s>]", response.content):
            raise PassingFailure("the store could not join the parts", was_answered=True)
