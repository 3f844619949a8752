"""A certificate that the cloud makes for itself, and keeps."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hathora_deploy import private_files
from hathora_deploy.cloud.tls.certificate import CertificateFiles
from hathora_deploy.ip_address import address_of

_VALID: Final = timedelta(days=825)
"""Apple's systems take none that is valid for longer."""
_LEFT: Final = timedelta(days=60)
_SKEW: Final = timedelta(days=1)
"""By which the clock of a caller may be behind."""
_COMMON_NAME: Final = "hathora-deploy"


def ensure(folder: Path, hosts: Iterable[str]) -> CertificateFiles:
    """The certificate in a folder; made where there is none, or where it lacks a host or ends soon."""
    key_file = folder / "key.pem"  # apart: the certificate is handed to those who are to trust it
    files = CertificateFiles(folder / "certificate.pem", key_file)
    wanted = {name for name in map(_general_name, hosts) if name is not None}
    if not _is_good(files.certificate, key_file, wanted):
        private_files.make_folder(folder)
        certificate, key = _make(wanted)
        private_files.write(key_file, key)
        private_files.write(files.certificate, certificate)
    return files


def _is_good(certificate_file: Path, key_file: Path, wanted: Set[x509.GeneralName]) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    return (
        key.public_key() == certificate.public_key()
        and certificate.not_valid_after_utc - datetime.now(UTC) > _LEFT
        and wanted <= set(named)
    )


def _make(hosts: Set[x509.GeneralName]) -> tuple[str, str]:
    """Certificate and key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _COMMON_NAME)])
    now = datetime.now(UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now - _SKEW + _VALID)
        .add_extension(x509.SubjectAlternativeName(sorted(hosts, key=repr)), critical=False)
        # No authority: whoever is told to trust it trusts nothing else by it.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(pem).decode(), secret.decode()


def _general_name(host: str) -> x509.GeneralName | None:
    """None for what no certificate can name."""
    address = address_of(host)
    if address is not None:
        return x509.IPAddress(ipaddress.ip_address(address))
    try:
        return x509.DNSName(host.encode("idna").decode())
    except ValueError:
        return None
