from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from hathora_deploy.cloud.tls.certificate import Certificate, CertificateFiles
from hathora_deploy.cloud.tls.self_signed import ensure

HOSTS = ("localhost", "127.0.0.1", "::1", "game.example.org", "münchen.example")


def verified(files: CertificateFiles, name: str) -> None:
    """Raises what a client raises that trusts this certificate, and holds it to every rule."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        context = Certificate(files).context

        def show() -> None:
            with suppress(OSError), context.wrap_socket(ours, server_side=True):
                pass

        thread = threading.Thread(target=show)
        thread.start()
        try:
            trusting = ssl.create_default_context(cafile=str(files.certificate))
            trusting.verify_flags |= ssl.VERIFY_X509_STRICT
            trusting.wrap_socket(theirs, server_hostname=name).close()
        finally:
            theirs.close()
            thread.join()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "game.example.org"])
def test_who_trusts_it_reaches_the_cloud_by_each_of_its_names(tmp_path: Path, name: str) -> None:
    verified(ensure(tmp_path / "tls", HOSTS), name)


def test_it_is_good_for_no_other_name(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        verified(ensure(tmp_path / "tls", HOSTS), "bank.example")


def test_it_is_kept_and_made_again_only_where_a_name_is_new(tmp_path: Path) -> None:
    first = ensure(tmp_path / "tls", HOSTS).certificate.read_bytes()

    assert ensure(tmp_path / "tls", HOSTS[:2]).certificate.read_bytes() == first
    again = ensure(tmp_path / "tls", [*HOSTS, "new.example"])
    assert again.certificate.read_bytes() != first
    verified(again, "new.example")


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem"])
@pytest.mark.parametrize("text", [None, "garbage", ""])
def test_where_a_file_is_lost_or_damaged_both_are_made_again(
    tmp_path: Path, name: str, text: str | None
) -> None:
    ensure(tmp_path / "tls", HOSTS)
    file = tmp_path / "tls" / name
    file.unlink() if text is None else file.write_text(text)

    verified(ensure(tmp_path / "tls", HOSTS), "localhost")


def test_nobody_else_may_read_the_key_and_the_certificate_does_not_hold_it(tmp_path: Path) -> None:
    files = ensure(tmp_path / "tls", HOSTS)

    assert files.key is not None
    assert files.key.stat().st_mode & 0o077 == 0
    assert (tmp_path / "tls").stat().st_mode & 0o077 == 0
    assert "PRIVATE" not in files.certificate.read_text()
