"""The tokens that ``login`` keeps: a private file for each endpoint, and in it or in the keyring the token."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from hathora_deploy import private_files
from hathora_deploy.cli.errors import KeyringError, SettingsError
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.system_keyring import SystemKeyring
from hathora_deploy.cli.values import seconds
from hathora_deploy.client.endpoint import canonical_endpoint
from hathora_deploy.pipeline.pipeline_service import pipeline_mark
from hathora_deploy.secret import Secret

Place = Literal["keyring", "file"]
_MAX_SIZE: Final = 1 << 20


@dataclass(frozen=True)
class Kept:
    """What is known of a token without asking the keyring; ``token`` is that of a file."""

    endpoint: str
    place: Place
    organizations: tuple[str, ...]
    kept_at: datetime
    file: Path
    keyring: str | None = None
    token: Secret | None = None

    @property
    def where(self) -> str:
        """For people."""
        if self.place == "keyring":
            return f"in the system keyring ({self.keyring})"
        return f"in {self.file}, which only you can read"


class KeptTokens:
    """A folder with a file for each endpoint; without a ``keyring`` that one is not asked."""

    def __init__(self, folder: Path, *, keyring: SystemKeyring | None) -> None:
        self._folder = folder
        self._keyring = keyring

    def find(self, endpoint: str) -> Secret | None:
        """The token of an endpoint; None if none was kept. Raises SettingsError or KeyringError."""
        kept = self.about(endpoint)
        if kept is None or kept.place == "file":
            return kept.token if kept else None
        keyring = self._keyring_of(kept)
        try:
            token = keyring.read(kept.endpoint)
        except KeyringError as error:
            error.hint = f"{error.hint}; or set HATHORA_TOKEN"
            raise
        if token is None:
            raise SettingsError(
                f"the token of {kept.endpoint} is not in the system keyring any more",
                hint=f"hathora-deploy login --endpoint {kept.endpoint}",
            )
        return token

    def about(self, endpoint: str) -> Kept | None:
        """What is known of the token of an endpoint. Raises SettingsError where others may have read it."""
        return self._read(self._file(endpoint))

    def list(self) -> list[Kept]:
        """All, by their endpoints."""
        found = (self._read(path) for path in self._files())
        return sorted((each for each in found if each), key=lambda kept: kept.endpoint)

    def keep(self, endpoint: str, token: Secret, organizations: tuple[str, ...]) -> Kept:
        """Keep a token in the keyring, or in the file where there is none. Raises KeyringError."""
        endpoint = canonical_endpoint(endpoint)
        keyring = self._keyring.write(endpoint, token) if self._keyring else None
        return self._write(endpoint, organizations, keyring, None if keyring else token)

    def keep_in_file(self, endpoint: str, token: Secret, organizations: tuple[str, ...]) -> Kept:
        """Keep a token in the file, whatever there is."""
        return self._write(canonical_endpoint(endpoint), organizations, None, token)

    def forget(self, endpoint: str) -> bool:
        """Whether there was a token. Raises KeyringError, and then it is still there."""
        kept = self.about(endpoint)
        if kept is None:
            return False
        if kept.place == "keyring":
            self._keyring_of(kept).forget(kept.endpoint)
        kept.file.unlink(missing_ok=True)
        return True

    def _keyring_of(self, kept: Kept) -> SystemKeyring:
        if self._keyring is None:
            raise SettingsError(
                f"the token of {kept.endpoint} is in the system keyring,"
                " which is not asked in a pipeline",
                hint="set HATHORA_TOKEN",
            )
        return self._keyring

    def _file(self, endpoint: str) -> Path:
        digest = hashlib.sha256(canonical_endpoint(endpoint).encode()).hexdigest()
        return self._folder / f"{digest[:32]}.json"

    def _files(self) -> Iterator[Path]:
        try:
            yield from self._folder.glob("[0-9a-f]*.json")
        except OSError as error:
            raise _unreadable(self._folder, error) from None

    def _read(self, file: Path) -> Kept | None:
        try:
            with file.open("rb") as opened:
                _require_private(file, os.fstat(opened.fileno()))
                _require_private(file.parent, file.parent.stat())
                return _kept(file, json.loads(opened.read(_MAX_SIZE)))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(file, error) from None
        except (ValueError, KeyError, TypeError):
            # None: what they say may quote the file.
            raise SettingsError(
                f"{file}, where login keeps a token, is damaged",
                hint=f"remove it, then hathora-deploy login: rm {file}",
            ) from None

    def _write(
        self,
        endpoint: str,
        organizations: tuple[str, ...],
        keyring: str | None,
        token: Secret | None,
    ) -> Kept:
        now, file = datetime.now(UTC), self._file(endpoint)
        facts = {
            "endpoint": endpoint,
            "organizations": organizations,
            "keptAt": now.isoformat(),
            **({"token": token.reveal()} if token else {"keyring": keyring}),
        }
        try:
            private_files.make_folder(self._folder)
            private_files.write(file, json.dumps(facts))
        except OSError as error:
            raise SettingsError(
                f"the token cannot be kept: {file.parent}: {error.strerror}",
                hint="see that the folder is yours, or set HATHORA_TOKEN",
            ) from None
        place: Place = "file" if token else "keyring"
        return Kept(endpoint, place, organizations, now, file, keyring, token)


def of_user(environment: Mapping[str, str], output: Output) -> KeptTokens:
    """Those of this user; in a pipeline the keyring, which may ask somebody, is left alone."""
    import platformdirs

    folder = platformdirs.user_config_path("hathora-deploy", appauthor=False) / "tokens"
    if pipeline_mark(environment):
        return KeptTokens(folder, keyring=None)
    keyring = SystemKeyring(
        timeout=seconds(environment, "HATHORA_KEYRING_TIMEOUT", default=30.0),
        waiting=lambda: output.say("  waiting for the system keyring, which may be locked"),
    )
    return KeptTokens(folder, keyring=keyring)


def _kept(file: Path, facts: dict[str, Any]) -> Kept:
    token = facts.get("token")
    return Kept(
        endpoint=str(facts["endpoint"]),
        place="file" if token else "keyring",
        organizations=tuple(map(str, facts["organizations"])),
        kept_at=datetime.fromisoformat(facts["keptAt"]),
        file=file,
        keyring=None if token else str(facts["keyring"]),
        token=Secret(str(token)) if token else None,
    )


def _require_private(path: Path, found: os.stat_result) -> None:
    """Raises SettingsError, with the command that mends it, where others can read or write it."""
    if sys.platform == "win32":
        return  # there the user's folder is closed to others by other means
    if found.st_uid != os.geteuid():
        raise SettingsError(
            f"{path}, where login keeps tokens, belongs to another user",
            hint="run this as that user, or set HATHORA_TOKEN",
        )
    if found.st_mode & 0o077:
        mode = "700" if stat.S_ISDIR(found.st_mode) else "600"
        raise SettingsError(
            f"{path}, where login keeps tokens, is open to others"
            f" (mode {stat.S_IMODE(found.st_mode):o})",
            hint=f"chmod {mode} {path}; and revoke the token, if others may have read it",
        )


def _unreadable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(
        f"{path}, where login keeps tokens, cannot be read: {error.strerror}",
        hint="see that it is yours, or set HATHORA_TOKEN",
    )
