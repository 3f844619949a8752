"""Runs builds, each in a thread of its own, and keeps their logs."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Collection, Iterator, Set
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.errors import ServiceUnavailable
from hathora_deploy.cloud.archive.inspection import inspect
from hathora_deploy.cloud.artifacts.port import Artifacts
from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed, CloudError
from hathora_deploy.cloud.logs import LogFile
from hathora_deploy.cloud.node import Folders
from hathora_deploy.cloud.runtime.port import Artifact, BuildLog, RegistryImage, Runtime
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import builds
from hathora_deploy.cloud.state.builds import BuildRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.errors import HathoraError

_log = logging.getLogger(__name__)

_Work = Callable[[BuildLog, threading.Event], Artifact]
"""Makes an artifact, until the event is set."""


class Builder:
    """A build goes on when nobody reads its log any more: only its deletion cancels it."""

    def __init__(
        self,
        *,
        settings: CloudSettings,
        store: Store,
        artifacts: Artifacts,
        runtime: Runtime,
        folders: Folders,
    ) -> None:
        self._settings = settings
        self._folders = folders
        self._store = store
        self._artifacts = artifacts
        self._runtime = runtime
        self._turns = threading.Semaphore(settings.concurrent_builds)
        self._lock = threading.Lock()
        self._running: dict[str, tuple[threading.Thread, threading.Event]] = {}
        self._is_closed = False

    def fail_interrupted(self) -> None:
        """Fail the builds that ran when the cloud was killed, and remove what they have left."""
        with self._store.write() as connection:
            for build in builds.list_of_status(connection, BuildStatus.RUNNING):
                if self._folders.is_own(build.node_id):
                    self._fail(connection, build)
            kept = builds.artifacts(connection)
        try:
            self._runtime.prune(kept)
        except CloudError as error:
            _log.warning("what deleted builds have left stays: %s", error.message)

    def fail_of_the_dead(self, connection: Connection) -> None:
        """Fail those that ran on another cloud of the database, which is gone."""
        for build in builds.of_the_dead(connection):
            self._fail(connection, build)

    def run(self, build: BuildRecord) -> None:
        """Begin a build of its archive; nothing happens when it has begun already."""
        self._begin(build, partial(self._build_archive, build))

    def pull(self, build: BuildRecord, image: RegistryImage) -> None:
        """Begin a build that is an image of a registry; nothing happens when it has begun already."""
        self._begin(build, partial(self._runtime.pull, image))

    def _begin(self, build: BuildRecord, work: _Work) -> None:
        with self._lock:
            if self._is_closed:
                raise ServiceUnavailable("the cloud is being stopped")
            with self._store.write() as connection:
                node_id = self._folders.node_id
                if not builds.begin(connection, build.key, datetime.now(UTC), node_id=node_id):
                    return
                # Before others can see that it runs: they would miss its log.
                log = LogFile(self._settings.build_log(build.key))
            cancelled = threading.Event()
            thread = threading.Thread(
                target=self._run, args=(build, work, log, cancelled), name=f"build {build.build_id}"
            )
            self._running[build.key] = (thread, cancelled)
            thread.start()

    def ended(self, keys: Collection[str]) -> Set[str]:
        """Those of some builds that do not run any more."""
        with self._lock:
            silent = set(keys) - self._running.keys()
        return {key for key in silent if not (self._store.is_shared and self.runs_elsewhere(key))}

    def is_running(self, key: str) -> bool:
        """False only when the verdict is in the database."""
        with self._lock:
            if key in self._running:
                return True
        return self.runs_elsewhere(key)

    def runs_elsewhere(self, key: str) -> bool:
        """Whether another cloud of the database runs it."""
        with self._store.read() as connection:
            build = builds.get_by_key(connection, key)
        is_running = build is not None and build.status == BuildStatus.RUNNING
        return is_running and not self._folders.is_own(build.node_id if build else None)

    def verdict(self, key: str) -> BuildStatus:
        """What the database says of a build that does not run here; one without a verdict has failed."""
        with self._store.read() as connection:
            build = builds.get_by_key(connection, key)
        is_settled = build is not None and build.status != BuildStatus.RUNNING
        return BuildStatus(build.status) if build and is_settled else BuildStatus.FAILED

    def cancel(self, key: str) -> None:
        """Cancel a build and wait until it has let go of everything."""
        with self._lock:
            running = self._running.get(key)
        if running is not None:
            thread, cancelled = running
            cancelled.set()
            thread.join()

    def close(self) -> None:
        """Cancel every build, and begin no other."""
        with self._lock:
            self._is_closed = True
            keys = list(self._running)
        for key in keys:
            self.cancel(key)

    def log_path(self, key: str) -> Path:
        """Raises NotFound where it is another cloud's, on another machine."""
        with self._store.read() as connection:
            build = builds.get_by_key(connection, key)
            settings = self._folders.within_sight(connection, build.node_id if build else None)
        return settings.build_log(key)

    def _run(
        self, build: BuildRecord, work: _Work, log: LogFile, cancelled: threading.Event
    ) -> None:
        verdict: dict[str, object] = {"status": BuildStatus.FAILED}
        try:
            with self._turn(build, cancelled):
                artifact = work(log.write_line, cancelled)
            verdict = {
                "status": BuildStatus.SUCCEEDED,
                "artifact": artifact.reference,
                "image_size": artifact.size,
            }
        except BuildFailed as error:
            _say(log, f"Error: {error.message}")
            if error.hint:
                _say(log, f"Hint: {error.hint}")
        except BuildCancelled:
            _say(log, "Error: the build was cancelled")
        except OSError as error:
            _say(log, f"Error: the cloud could not go on: {error.strerror}")
        except Exception:  # noqa: BLE001 - a thread's last chance to give the build a verdict
            _log.exception("build %s failed", build.build_id)
            _say(log, "Error: the cloud failed during this build; its own log says more")
        finally:
            log.close()
            self._finish(build, verdict)

    @contextlib.contextmanager
    def _turn(self, build: BuildRecord, cancelled: threading.Event) -> Iterator[None]:
        while not self._turns.acquire(timeout=0.1):
            if cancelled.is_set():
                raise BuildCancelled(f"build {build.build_id} was cancelled")
        try:
            yield
        finally:
            self._turns.release()

    def _build_archive(
        self, build: BuildRecord, log: BuildLog, cancelled: threading.Event
    ) -> Artifact:
        with self._artifacts.fetch(build.key, cancelled) as archive:
            inspected = inspect(
                archive,
                limits=self._settings.archive_limits,
                free=self._runtime.free_space(),
                cancelled=cancelled,
            )
            return self._runtime.build(build.build_id, inspected, log, cancelled)

    def _finish(self, build: BuildRecord, verdict: dict[str, object]) -> None:
        """The verdict is written before the log's readers are let go: they ask for it at once."""
        try:
            with self._store.write() as connection:
                builds.change(connection, build.key, finished_at=datetime.now(UTC), **verdict)
        except HathoraError as error:
            # Without a verdict it counts as failed, now and when the cloud starts again.
            _log.warning("build %s has no verdict: %s", build.build_id, error.message)
        finally:
            with self._lock:
                del self._running[build.key]

    def _fail(self, connection: Connection, build: BuildRecord) -> None:
        settings = self._folders.of(connection, build.node_id)
        if settings is not None:
            with contextlib.suppress(OSError):
                log = LogFile(settings.build_log(build.key))
                _say(log, "Error: the cloud stopped during this build")
                log.close()
        builds.change(
            connection, build.key, status=BuildStatus.FAILED, finished_at=datetime.now(UTC)
        )


def _say(log: LogFile, line: str) -> None:
    """Write a line if the disk takes it: a verdict must not depend on it."""
    with contextlib.suppress(OSError):
        log.write_line(line)
