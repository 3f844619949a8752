"""A certificate authority of the tests, and what it signs."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hathora_deploy.cloud.tls.certificate import CertificateFiles

_PEM: Final = serialization.Encoding.PEM


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(name: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(
            _name(issuer), _name(name), key.public_key(), x509.random_serial_number()
        )
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
    )


@dataclass(frozen=True)
class Authority:
    """One that clients trust, and no other."""

    folder: Path
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def found(cls, folder: Path) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        root = (
            _builder("Test Authority", "Test Authority", key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        (folder / "authority.pem").write_bytes(root.public_bytes(_PEM))
        return cls(folder, key)

    @property
    def file(self) -> Path:
        return self.folder / "authority.pem"

    def issue(self, *hosts: str, name: str = "server") -> CertificateFiles:
        """A certificate of some hosts and its key; of the same name, it replaces the one before."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([_general(host) for host in hosts])
        signed = (
            _builder(name, "Test Authority", key)
            .add_extension(names, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        files = CertificateFiles(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        assert files.key is not None
        files.certificate.write_bytes(signed.public_bytes(_PEM))
        files.key.write_bytes(
            key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return files

    def trusting(self) -> ssl.SSLContext:
        """What a client that verifies names and certificates uses."""
        return ssl.create_default_context(cafile=str(self.file))
