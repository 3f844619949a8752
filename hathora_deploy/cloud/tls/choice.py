"""Chooses the certificate of a cloud."""

from __future__ import annotations

import socket

from hathora_deploy.cloud.errors import UnusableFolder
from hathora_deploy.cloud.settings import LOOPBACK, CloudSettings
from hathora_deploy.cloud.tls.certificate import Certificate, CertificateFiles


def choose(settings: CloudSettings) -> Certificate:
    """The operator's certificate, or else one that the cloud has made. Raises CloudStartError."""
    if settings.tls_certificate is not None:
        return Certificate(CertificateFiles(settings.tls_certificate, settings.tls_key))
    from hathora_deploy.cloud.tls import self_signed  # takes long, and few need it

    try:
        return Certificate(self_signed.ensure(settings.tls_dir, _names(settings)))
    except OSError as error:
        raise UnusableFolder(settings.data_dir, error.strerror) from None


def _names(settings: CloudSettings) -> set[str]:
    """Those of the cloud, and those by which this machine knows itself."""
    return {*settings.names, LOOPBACK, "::1", "localhost", socket.gethostname()}
