"""The output of processes: read, followed, and kept for its time.

A game server writes to its file itself, through a descriptor that the runtime gave it: so nothing
stands between them that could lose a byte, be slow, or end with the cloud.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from hathora_deploy import private_files
from hathora_deploy.api.errors import Gone, ServiceUnavailable
from hathora_deploy.cloud import holes
from hathora_deploy.cloud.archive.limits import MIB
from hathora_deploy.cloud.log_watch import LogWatches
from hathora_deploy.cloud.logs import Following, LogStream, tail_offset
from hathora_deploy.cloud.node import Folders
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import processes
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.store import Store

_BATCH: Final = 500
_SLACK: Final = 1.25
"""How much more than it may a log grows to before it is cut back: a little at a time is costly."""
_DISK_BLOCK: Final = 512
_SETTLED_WITHIN: Final = 10.0
_LOOK: Final = 0.05


class ProcessLogs:
    """The logs of a cloud's processes. All methods may block.

    Those of other clouds of the machine are read; clearing away is each cloud's own matter.
    """

    def __init__(
        self, *, settings: CloudSettings, store: Store, folders: Folders, watches: LogWatches
    ) -> None:
        self._settings = settings
        self._folders = folders
        self._store = store
        self._watches = watches

    def whole(self, process: ProcessRecord) -> LogStream:
        """All that is kept of a log. Raises Gone, and NotFound if it is on another machine."""
        return LogStream(self._existing(process))

    def tail(self, process: ProcessRecord, lines: int, *, follow: bool) -> LogStream:
        """The last lines and, if it is followed, what comes after until the process ends. Raises as ``whole``."""
        path = self._existing(process)
        following = None
        if follow and not process.has_ended:
            following = Following(self._watches, process.process_id, self._ended)
        return LogStream(path, start=tail_offset(path, lines), following=following)

    def remove_old(self) -> int:
        """Remove those whose processes ended longer ago than logs are kept; how many there were."""
        now = datetime.now(UTC)
        since = now - timedelta(hours=self._settings.log_retention_hours)
        # One that was written to since belongs to no process that ended before. A game server can say that
        # it was in the future.
        fresh = (since.timestamp(), now.timestamp())
        old = {
            path.stem: path
            for path, found in self._files()
            if not fresh[0] <= found.st_mtime <= fresh[1]
        }
        for ids in _batches(old):
            with self._store.read() as connection:
                ends = processes.ends(connection, ids)
            for process_id in ids:
                end = ends.get(process_id, since)
                if end is None or end > since:
                    del old[process_id]
        for path in old.values():
            path.unlink(missing_ok=True)
        return len(old)

    def cut_long(self) -> int:
        """Free the beginning of logs that take more of the disk than they may; how many there were.

        Raises OSError where the system or the disk cannot do so.
        """
        most = self._settings.log_max_mb * MIB
        cut = 0
        for path, found in self._files():
            if found.st_blocks * _DISK_BLOCK > most * _SLACK:
                file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                try:
                    holes.punch(file, found.st_size - most)
                finally:
                    os.close(file)
                cut += 1
        return cut

    def _existing(self, process: ProcessRecord) -> Path:
        path = self._path(process)
        if not path.exists():
            if process.has_ended and process.booted_at is None:
                reason = f": {process.exit_reason}" if process.exit_reason else ""
                raise Gone(f"process {process.process_id} never ran, so it has no log{reason}")
            if process.has_ended:
                raise Gone(f"the log of process {process.process_id} is not kept any more")
            # Asked for a moment ago: it has written nothing yet.
            private_files.make_folder(path.parent)
            private_files.create(path)
        return path

    def _path(self, process: ProcessRecord) -> Path:
        """In the folder of the cloud that has booted it: which one will is settled in a moment."""
        deadline = time.monotonic() + _SETTLED_WITHIN
        while True:
            with self._store.read() as connection:
                now = processes.get(connection, process.process_id) or process
                folder = self._folders.within_sight(connection, now.booted_by)
            if now.booted_by is not None or now.has_ended or not self._store.is_shared:
                return folder.process_log(process.process_id)
            if time.monotonic() > deadline:
                raise ServiceUnavailable(f"process {process.process_id} has not begun yet")
            time.sleep(_LOOK)

    def _ended(self, process_ids: Collection[str]) -> Set[str]:
        live: set[str] = set()
        for ids in _batches(process_ids):
            with self._store.read() as connection:
                ends = processes.ends(connection, ids)
            live |= {process_id for process_id, end in ends.items() if end is None}
        return set(process_ids) - live

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        folder = self._settings.process_log("any").parent
        if folder.exists():
            for entry in os.scandir(folder):
                try:
                    yield Path(entry), entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue


def _batches(ids: Collection[str]) -> list[list[str]]:
    every = list(ids)
    return [every[at : at + _BATCH] for at in range(0, len(every), _BATCH)]
