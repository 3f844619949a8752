from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.tls.certificate import Certificate, CertificateFiles
from tests.cloud.tls.authority import Authority

HOST = "127.0.0.1"


@contextmanager
def shown(certificate: Certificate) -> Iterator[int]:
    """A port where the certificate is shown to everybody; what they say comes back."""
    listener = socket.create_server((HOST, 0))

    def serve(connection: socket.socket) -> None:
        with (
            suppress(OSError),
            connection,
            certificate.context.wrap_socket(connection, server_side=True) as player,
        ):
            while data := player.recv(100):
                player.sendall(data)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def connect(authority: Authority, port: int, name: str) -> ssl.SSLSocket:
    return authority.trusting().wrap_socket(
        socket.create_connection((HOST, port), timeout=30), server_hostname=name
    )


def test_a_certificate_that_is_replaced_is_shown_to_the_next_and_breaks_nobody_off(
    own_authority: Authority,
) -> None:
    with (
        shown(Certificate(own_authority.issue("old.example"))) as port,
        connect(own_authority, port, "old.example") as earlier,
    ):
        own_authority.issue("new.example")
        with connect(own_authority, port, "new.example") as later:
            for player in (earlier, later):
                player.sendall(b"still here")
                assert player.recv(100) == b"still here"


def test_a_link_that_leads_to_another_certificate_counts_as_a_change(
    own_authority: Authority, tmp_path: Path
) -> None:
    old, new = own_authority.issue("old.example", name="1"), own_authority.issue("new.example")
    links = CertificateFiles(tmp_path / "live.pem", tmp_path / "live.key")
    assert links.key is not None
    assert old.key is not None
    assert new.key is not None
    links.certificate.symlink_to(old.certificate)
    links.key.symlink_to(old.key)
    with shown(Certificate(links)) as port:
        connect(own_authority, port, "old.example").close()
        for link, file in ((links.certificate, new.certificate), (links.key, new.key)):
            draft = link.with_suffix(".draft")
            draft.symlink_to(file)
            draft.replace(link)
        connect(own_authority, port, "new.example").close()


def test_while_its_files_are_half_written_the_certificate_stays_as_it_was(
    own_authority: Authority,
) -> None:
    files = own_authority.issue("old.example")
    certificate = Certificate(files)
    before = certificate.fingerprint
    with shown(certificate) as port:
        # The certificate is there already, and its key not yet.
        other = own_authority.issue("new.example", name="other")
        files.certificate.write_bytes(other.certificate.read_bytes())
        connect(own_authority, port, "old.example").close()
        assert certificate.fingerprint == before

        files.certificate.unlink()
        connect(own_authority, port, "old.example").close()

        assert files.key is not None
        assert other.key is not None
        files.certificate.write_bytes(other.certificate.read_bytes())
        files.key.write_bytes(other.key.read_bytes())
        connect(own_authority, port, "new.example").close()
        assert certificate.fingerprint != before


def test_a_caller_who_names_no_host_gets_the_new_certificate_too(own_authority: Authority) -> None:
    with shown(Certificate(own_authority.issue("old.example"))) as port:
        own_authority.issue("new.example")
        context = own_authority.trusting()
        context.check_hostname = False
        with context.wrap_socket(socket.create_connection((HOST, port), timeout=30)) as player:
            names = player.getpeercert()
        assert names is not None
        assert ("DNS", "new.example") in names["subjectAltName"]


def test_the_fingerprint_is_written_as_browsers_and_openssl_write_it(authority: Authority) -> None:
    files = authority.issue("game.example")
    shown = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    assert Certificate(files).fingerprint == shown.fingerprint(hashes.SHA256()).hex(":").upper()


def test_certificate_and_key_may_stand_in_one_file(own_authority: Authority) -> None:
    files = own_authority.issue("game.example")
    assert files.key is not None
    files.certificate.write_bytes(files.key.read_bytes() + files.certificate.read_bytes())
    with shown(Certificate(CertificateFiles(files.certificate))) as port:
        connect(own_authority, port, "game.example").close()


def without_file(files: CertificateFiles) -> CertificateFiles:
    return CertificateFiles(files.certificate.with_name("nothing.pem"), files.key)


def without_key(files: CertificateFiles) -> CertificateFiles:
    return CertificateFiles(files.certificate)


def with_another_key(files: CertificateFiles) -> CertificateFiles:
    other = Authority.found(files.certificate.parent).issue("game.example", name="other")
    return CertificateFiles(files.certificate, other.key)


def with_garbage(files: CertificateFiles) -> CertificateFiles:
    files.certificate.write_bytes(os.urandom(1000))
    return files


def with_a_password(files: CertificateFiles) -> CertificateFiles:
    assert files.key is not None
    key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
    locked = files.key.with_name("locked.key")
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    return CertificateFiles(files.certificate, locked)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without_file, "No such file or directory"),
        (without_key, "one of certificate and key is missing"),
        (with_another_key, "key values mismatch"),
        (with_garbage, ".* is no PEM"),
        (with_a_password, ".* has a password"),
    ],
)
def test_files_that_cannot_be_used_are_named_with_the_reason(
    own_authority: Authority, spoil: object, said: str
) -> None:
    files = spoil(own_authority.issue("game.example"))  # type: ignore[operator]  # one of those above
    with pytest.raises(
        CloudStartError, match=f"{files.certificate} cannot be used: ({said})"
    ) as caught:
        Certificate(files)
    assert "--tls-key" in (caught.value.hint or "")


def test_renegotiation_is_refused(own_authority: Authority) -> None:
    certificate = Certificate(own_authority.issue("game.example"))
    assert certificate.context.options & ssl.OP_NO_RENEGOTIATION
    assert certificate.context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_many_who_connect_while_it_changes_are_all_served(own_authority: Authority) -> None:
    with shown(Certificate(own_authority.issue("game.example"))) as port:
        for _ in range(30):
            own_authority.issue("game.example")
            with closing(connect(own_authority, port, "game.example")) as player:
                player.sendall(b"hello")
                assert player.recv(100) == b"hello"
