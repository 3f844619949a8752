"""What an upload has sent so far, for a deploy that is killed and started again.

A private file, which lasts as long as the build is neither made nor taken back: so only a kill leaves one, or a
network that is gone when the build is to be taken back. The upload URLs in it are encrypted with a key made of
the token, which the file does not hold.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import platformdirs

from hathora_deploy import private_files
from hathora_deploy.api.builds import BuildStatus, BuildV3, CreatedBuildV3WithMultipartUrls
from hathora_deploy.api.multipart import CompletedPart
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.build_lookup import is_same_build
from hathora_deploy.pipeline.effort import Effort
from hathora_deploy.pipeline.part_sender import SentPart
from hathora_deploy.secret import Secret

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_LIFETIME: Final = 2 * 24 * 3600.0
"""Seconds after which a file is removed: no upload URL is good for so long."""
_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS upload (salt BLOB NOT NULL, size INTEGER, build BLOB);
    CREATE TABLE IF NOT EXISTS part
        (number INTEGER PRIMARY KEY, md5 TEXT NOT NULL, etag TEXT NOT NULL, efforts BLOB NOT NULL);
"""


@dataclass(frozen=True)
class Unfinished:
    """An upload that was ended. ``size`` is what the build was created for, in bytes.

    ``efforts`` are those of the blocks that the parts were made of.
    """

    build: CreatedBuildV3WithMultipartUrls
    size: int
    sent: dict[int, SentPart]
    efforts: tuple[Effort, ...] = ()


def session_home() -> Path:
    """Where the files are."""
    return Path(platformdirs.user_state_dir("hathora-deploy", appauthor=False), "uploads")


class UploadSession:
    """Remembers one upload; without a ``connection`` it remembers nothing, and nothing goes wrong."""

    def __init__(self, connection: sqlite3.Connection | None, token: Secret) -> None:
        self._connection = connection
        self._token = token
        self.unfinished: Unfinished | None = None
        self.was_creating = False
        """Whether it was ended while the build was created, which may be there or not."""
        self._read()

    def is_of(self, found: BuildV3) -> bool:
        """Whether a build is the one whose upload was ended."""
        if found.status != BuildStatus.CREATED or self.unfinished is None:
            return False
        return is_same_build(found, self.unfinished.build)

    def creating(self) -> None:
        """A build is about to be created."""
        self.end()
        self._write("INSERT INTO upload (salt) VALUES (?)", secrets.token_bytes(16))

    def created(self, build: CreatedBuildV3WithMultipartUrls, size: int) -> None:
        """A build has been created for so many bytes."""
        for (salt,) in self._rows("SELECT salt FROM upload"):
            text = _cipher(self._token, salt).encrypt(build.model_dump_json(by_alias=True).encode())
            self._write("UPDATE upload SET size = ?, build = ?", size, text)

    def sent(self, part: SentPart, efforts: Sequence[Effort] = ()) -> None:
        """A part has arrived; ``efforts`` are those of all blocks so far."""
        self._write(
            "INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?)",
            part.completed.number,
            part.md5,
            part.completed.etag,
            bytes(efforts),
        )

    def end(self) -> None:
        """The build was made, or taken back: there is nothing to go on with."""
        self.unfinished, self.was_creating = None, False
        self._write("DELETE FROM part")
        self._write("DELETE FROM upload")

    def _read(self) -> None:
        from cryptography.fernet import InvalidToken

        for salt, size, text in self._rows("SELECT salt, size, build FROM upload"):
            if text is None:
                self.was_creating = True
                return
            with suppress(InvalidToken, ValueError):  # of another token, or another version
                document = _cipher(self._token, salt).decrypt(text)
                build = CreatedBuildV3WithMultipartUrls.model_validate_json(document)
                rows = self._rows("SELECT number, md5, etag, efforts FROM part")
                sent = {
                    number: SentPart(CompletedPart(number, etag), md5)
                    for number, md5, etag, _ in rows
                }
                efforts = max((each for *_, each in rows), key=len, default=b"")
                self.unfinished = Unfinished(build, size, sent, tuple(map(Effort, efforts)))

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        try:
            return [] if self._connection is None else self._connection.execute(query).fetchall()
        except sqlite3.Error:  # of another version
            return []

    def _write(self, statement: str, *values: object) -> None:
        if self._connection is None:
            return
        try:
            with self._connection:
                self._connection.execute(statement, values)
        except sqlite3.Error:  # a full disk: then there is nothing to resume
            self._connection.close()
            self._connection = None


@contextmanager
def upload_session(cloud: HathoraCloud, build_id: str, *, home: Path) -> Iterator[UploadSession]:
    """The session of a build, for this deploy alone: another one at the same time has none."""
    token = cloud.options.token
    if not isinstance(token, Secret):
        yield UploadSession(None, Secret(""))
        return
    who = "\n".join((cloud.endpoint, cloud.org_id or "", build_id))
    path = home / f"{hashlib.sha256(who.encode()).hexdigest()[:32]}.db"
    connection: sqlite3.Connection | None = None
    try:
        connection = _open(path)
        yield UploadSession(connection, token)
    finally:
        if connection is not None:
            connection.close()
        _remove_if_empty(path)


def _remove_if_empty(path: Path) -> None:
    """Unless another deploy has it. It is looked at anew: whatever has ended the deploy may have done so early."""
    if not path.exists():
        return
    connection = _open(path)
    if connection is None:
        return
    with closing(connection):
        unfinished = connection.execute("SELECT 1 FROM upload").fetchone()
    if unfinished is None:
        path.unlink(missing_ok=True)
        # A program that was killed has left it, and SQLite keeps it where there is nothing in it.
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)


def _open(path: Path) -> sqlite3.Connection | None:
    """The database, locked; None where it cannot be had."""
    try:
        private_files.make_folder(path.parent)
        _forget_old_ones(path.parent)
        # Made here, or it would be readable by others for a moment.
        private_files.create(path)
        connection = sqlite3.connect(path, timeout=0)
    except (OSError, sqlite3.Error):
        return None
    try:
        # The lock is that of the system, which lets go of it when a program is killed.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.executescript(f"BEGIN EXCLUSIVE; {_TABLES} COMMIT;")
    except sqlite3.OperationalError:  # another deploy has it
        connection.close()
        return None
    except sqlite3.DatabaseError:  # it is damaged
        connection.close()
        path.unlink(missing_ok=True)
        return None
    except BaseException:  # or its lock would last as long as the error
        connection.close()
        raise
    return connection


def _forget_old_ones(home: Path) -> None:
    for path in home.glob("*.db*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _LIFETIME:
                path.unlink()


def _cipher(token: Secret, salt: bytes) -> Fernet:
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    key = HKDF(SHA256(), length=32, salt=salt, info=b"hathora-deploy upload session")
    return Fernet(base64.urlsafe_b64encode(key.derive(token.reveal().strip().encode())))
