"""Backs a cloud up while it runs, and makes a cloud of a backup."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DatabaseError

from hathora_deploy import private_files
from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud import snapshot
from hathora_deploy.cloud.artifacts.port import ARCHIVE
from hathora_deploy.cloud.draft import draft_folder
from hathora_deploy.cloud.errors import CloudError
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.snapshot import DamagedBackup, SnapshotWriter
from hathora_deploy.cloud.state import builds, processes, rooms
from hathora_deploy.cloud.state.builds import BuildRecord
from hathora_deploy.cloud.state.store import Store

_BUSY_SECONDS: Final = 30.0
_RESTORED: Final = "its cloud was restored from a backup"


@dataclass(frozen=True)
class Backup:
    """What a backup holds, and what it does not."""

    size: int
    """Bytes."""
    builds: int
    elsewhere_archives: int
    """Archives that are in a bucket, or were never uploaded."""
    elsewhere_artifacts: int
    """Builds that are images of a container engine."""


def back_up(settings: CloudSettings, file: Path, *, overwrite: bool = False) -> Backup:
    """Write a backup of a cloud, which may run meanwhile. Raises CloudError."""
    if settings.database is not None:
        raise CloudError(
            "the state of this cloud is in PostgreSQL, which this does not back up",
            hint="use pg_dump, and copy the folders archives and artifacts and the file signing-key",
        )
    if not settings.database_file.exists():
        raise CloudError(
            f"there is no cloud in {settings.data_dir}", hint="hathora-deploy cloud start"
        )
    _require_place(file, overwrite=overwrite)
    place = Path(os.path.realpath(file)) if overwrite else file.absolute()
    try:
        with draft_folder(place) as drafts:
            with snapshot.written(drafts / "backup") as writer:
                made = _write(settings, writer, drafts / "database")
            _require_place(file, overwrite=overwrite)  # another may have come meanwhile
            (drafts / "backup").replace(place)
            return made
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CloudError(
            f"the backup {file} cannot be written: {reason}",
            hint="see that its folder is yours and has room for what the cloud keeps",
        ) from None


def restore(settings: CloudSettings, file: Path) -> None:
    """Make a cloud of a backup, in a folder that is absent or empty. Raises CloudError."""
    folder = settings.data_dir.absolute()
    if settings.database is not None:
        raise CloudError(
            "a backup is restored to a folder, and this cloud keeps its state in PostgreSQL",
            hint="unset HATHORA_CLOUD_DATABASE",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CloudError(
            f"{folder} is not empty: a cloud may be in it",
            hint="name a folder that is new by --data-dir",
        )
    try:
        snapshot.check(file)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with draft_folder(folder) as draft:
            snapshot.unpack(file, draft)
            _settle(file, CloudSettings(draft))
            draft.rename(folder)
    except OSError as error:
        raise CloudError(
            f"{file} cannot be restored to {folder}: {error.strerror or error}",
            hint="see that the file can be read, and that the folder is yours and has room",
        ) from None


def _require_place(file: Path, *, overwrite: bool) -> None:
    if file.exists() and not file.is_file():  # the backup would take the place of a device
        raise CloudError(f"{file} is no file", hint="name another, in a folder that is yours")
    if os.path.lexists(file) and not overwrite:
        raise CloudError(f"{file} exists already", hint="name another, or add --force")


def _write(settings: CloudSettings, writer: SnapshotWriter, draft: Path) -> Backup:
    _copy_database(settings.database_file, draft)
    store = Store.open_sqlite(draft)
    try:
        with store.read() as connection:
            kept = builds.every(connection)
        archives, artifacts, vanished = set(), set(), set()
        for build in kept:
            try:
                if _add_archive(settings, writer, build):
                    archives.add(build.key)
                if _add_artifact(settings, writer, build):
                    artifacts.add(build.key)
            except FileNotFoundError:
                vanished.add(build.key)
        # Deleted since the database was copied: so they are, as if that had been later.
        gone = vanished | _deleted(settings.database_file)
        with store.write() as connection:
            for build in kept:
                if build.key in gone:
                    builds.change(connection, build.key, deleted_at=datetime.now(UTC))
    finally:
        store.close()
    _make_single(draft)
    writer.add(draft, settings.database_file.name)
    writer.add(settings.signing_key_file, settings.signing_key_file.name)
    left = [build for build in kept if build.key not in gone]
    return Backup(
        size=writer.tar.offset,
        builds=len(left),
        elsewhere_archives=sum(not each.is_pulled and each.key not in archives for each in left),
        elsewhere_artifacts=sum(
            each.artifact is not None and each.key not in artifacts for each in left
        ),
    )


def _add_archive(settings: CloudSettings, writer: SnapshotWriter, build: BuildRecord) -> bool:
    folder = settings.archives_dir / build.key
    if not (folder / ARCHIVE).exists():
        return False
    writer.add(folder, f"{settings.archives_dir.name}/{build.key}")
    return True


def _add_artifact(settings: CloudSettings, writer: SnapshotWriter, build: BuildRecord) -> bool:
    """Of the process runtime, whose artifacts are folders."""
    if build.artifact is None or "/" in build.artifact:
        return False
    name = f"{settings.artifacts_dir.name}/builds/{build.artifact}"
    folder = settings.data_dir / name
    if not folder.is_dir():
        return False
    writer.add(folder, name)
    return True


def _copy_database(source: Path, copy: Path) -> None:
    """As it is at one moment; whoever writes to it meanwhile is not held up."""
    private_files.create(copy)
    with (
        closing(sqlite3.connect(source, timeout=_BUSY_SECONDS)) as live,
        closing(sqlite3.connect(copy)) as target,
    ):
        live.backup(target)


def _deleted(database: Path) -> set[str]:
    """The keys of the builds that are deleted by now."""
    with closing(sqlite3.connect(database, timeout=_BUSY_SECONDS)) as live:
        return {key for (key,) in live.execute("SELECT key FROM builds WHERE deleted_at NOTNULL")}


def _make_single(database: Path) -> None:
    """Put all into the one file: what is written ahead stands in another."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _settle(file: Path, draft: CloudSettings) -> None:
    """What ran when the backup was made does not run here."""
    if not draft.database_file.exists() or not draft.signing_key_file.exists():
        raise DamagedBackup(file, "the database or the key is not in it")
    try:
        store = Store.open_sqlite(draft.database_file)
    except DatabaseError as error:
        raise DamagedBackup(file, str(error)) from None
    try:
        with store.write() as connection:
            now = datetime.now(UTC)
            for process in processes.live(connection):
                processes.end(connection, process.process_id, ProcessStatus.FAILED, _RESTORED, now)
                rooms.destroy_all_of_process(connection, process.process_id, now)
            for build in builds.list_of_status(connection, BuildStatus.RUNNING):
                builds.change(connection, build.key, status=BuildStatus.FAILED, finished_at=now)
    finally:
        store.close()
    _make_single(draft.database_file)
