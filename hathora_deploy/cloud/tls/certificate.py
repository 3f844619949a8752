"""The certificate that a cloud shows, read again when its files change."""

from __future__ import annotations

import hashlib
import logging
import re
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hathora_deploy.cloud.errors import CloudStartError

_log = logging.getLogger(__name__)

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_FIRST: Final = re.compile(f"{_BEGIN}.*?{_END}", re.DOTALL)
_Version = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class CertificateFiles:
    """In PEM: a certificate with those above it, and its key."""

    certificate: Path
    key: Path | None = None
    """None where the key stands in the same file."""


class Certificate:
    """Hands out a TLS context, whose new connections get the certificate that is in the files by then."""

    def __init__(self, files: CertificateFiles) -> None:
        """Raises CloudStartError where the files hold no certificate with its key."""
        self._files = files
        self._lock = threading.Lock()
        try:
            self._version = self._look()
            self._current = self.context = self._load()
            self.fingerprint = _fingerprint(files.certificate)
        except (OSError, ValueError) as error:
            raise CloudStartError(
                f"the certificate {files.certificate} cannot be used: {_reason(error)}",
                hint="--tls-certificate FILE holds it, in PEM, with those above it but the root; "
                "--tls-key FILE its key, without a password",
            ) from None
        self.context.sni_callback = self._show

    def _show(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        """Called for each handshake, also for one that names no host."""
        self._refresh()
        if self._current is not context:
            connection.context = self._current

    def _refresh(self) -> None:
        if not self._lock.acquire(blocking=False):
            return
        try:
            version = self._look()
            if version == self._version:
                return
            self._version = version  # one that cannot be used is read once
            self._current = self._load()
            self.fingerprint = _fingerprint(self._files.certificate)
            _log.info("the certificate has changed: SHA-256 %s", self.fingerprint)
        except (OSError, ValueError) as error:
            # Whoever writes it may not be done.
            _log.warning("the certificate stays as it was: %s", _reason(error))
        finally:
            self._lock.release()

    def _look(self) -> _Version:
        """What changes when a file is written, or a link leads to another."""
        files = [each for each in (self._files.certificate, self._files.key) if each is not None]
        return tuple((s.st_ino, s.st_size, s.st_mtime_ns) for s in (each.stat() for each in files))

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Without a word for it, a key with a password would be asked for at the terminal.
        context.load_cert_chain(self._files.certificate, self._files.key, password=lambda: "")
        context.options |= ssl.OP_NO_RENEGOTIATION
        return context


def _fingerprint(file: Path) -> str:
    """SHA-256 of the first certificate, as openssl and browsers write it."""
    found = _FIRST.search(file.read_text(encoding="ascii", errors="replace"))
    if found is None:
        raise ValueError("it holds no certificate")
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(found[0])).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        unsaid = "one of certificate and key is missing, is no PEM, or has a password"
        return error.reason.replace("_", " ").lower() if error.reason else unsaid
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
