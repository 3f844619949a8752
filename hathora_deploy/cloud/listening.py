"""Decides where a cloud listens, and what may be said there."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Final

from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.hosts import is_wildcard, own_addresses
from hathora_deploy.cloud.settings import LOOPBACK, CloudSettings
from hathora_deploy.ip_address import is_loopback

_HINT: Final = (
    "--tls-certificate FILE --tls-key FILE serves it with a certificate, --tls-self-signed with one "
    "that the cloud makes; --trusted-proxies ADDRESS leaves TLS to a proxy at that address"
)


@dataclass(frozen=True)
class Place:
    """An address and a port that the cloud answers on."""

    address: str
    port: int
    """0 takes a free one."""
    is_encrypted: bool = False


@dataclass(frozen=True)
class Listening:
    """Where a cloud answers."""

    api: Place
    own: Place | None
    """For programs of this machine, where the API's own place is another than loopback."""
    pings: tuple[Place, ...]
    """For players' pings alone: addresses of regions where the API does not listen."""
    udp_pings: tuple[Place, ...]


def decide(settings: CloudSettings) -> Listening:
    """Where to listen, by the settings and this machine's addresses.

    Raises CloudStartError for what would let tokens travel in the clear, and for settings that
    contradict each other.
    """
    has_certificate = settings.tls_certificate is not None or settings.tls_self_signed
    _check(settings)
    address = _address(settings)
    if is_loopback(address):
        api, own = Place(address, settings.port), None
    elif has_certificate or settings.trusted_proxies is not None:
        api = Place(address, settings.port, is_encrypted=has_certificate)
        own = Place(LOOPBACK, 0)
    else:
        raise CloudStartError(
            f"to listen on {settings.listen} takes TLS: tokens would travel in the clear",
            hint=_HINT,
        )
    regions = settings.regions.hosts if settings.regions is not None else ()
    pings = tuple(
        Place(each, settings.port, is_encrypted=has_certificate)
        for each in _own(regions)
        if each != address and not is_wildcard(address)
    )
    return Listening(api, own, pings, _udp_pings(settings))


def _check(settings: CloudSettings) -> None:
    if settings.tls_key is not None and settings.tls_certificate is None:
        raise CloudStartError(
            "there is a --tls-key without the certificate that it is of",
            hint="name it, too: --tls-certificate FILE",
        )
    if settings.tls_certificate is not None and settings.tls_self_signed:
        raise CloudStartError(
            "--tls-certificate and --tls-self-signed exclude each other",
            hint="leave out --tls-self-signed: the API is served with the certificate",
        )


def _address(settings: CloudSettings) -> str:
    try:
        found = socket.getaddrinfo(settings.listen, settings.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise CloudStartError(
            f"cannot listen on {settings.listen}: {error.strerror}",
            hint="--listen takes an address of this machine; 0.0.0.0 stands for all of them",
        ) from None
    return str(found[0][4][0])


def _udp_pings(settings: CloudSettings) -> tuple[Place, ...]:
    """Where players are told to go; every address where one of those hosts is elsewhere, as of a router."""
    if settings.ping_port is None:
        return ()
    hosts = settings.player_hosts
    is_behind = any(not own_addresses(host) for host in hosts)
    addresses = ("0.0.0.0",) if is_behind else _own(hosts)  # noqa: S104 - asked for by a public host
    return tuple(Place(each, settings.ping_port) for each in addresses)


def _own(hosts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for host in hosts for each in own_addresses(host)))
