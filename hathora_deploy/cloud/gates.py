"""The open sockets of a cloud: where it is called, and where it is pinged."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ssl import SSLContext
from typing import Final

from hathora_deploy.cloud import listening
from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.hosts import in_url, is_wildcard
from hathora_deploy.cloud.listening import Place
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.tls import choice
from hathora_deploy.cloud.tls.certificate import Certificate
from hathora_deploy.ip_address import is_loopback

_BACKLOG: Final = 256
_MOST_UNSENT: Final = 128 * 1024
"""Bytes that the system takes of an answer before whoever reads it has taken the earlier ones. Left to itself it takes
megabytes, of which a thousand readers who read nothing fill the memory, and keep the others waiting meanwhile."""


@dataclass(frozen=True)
class Gate:
    """A socket that accepts connections."""

    listener: socket.socket
    context: SSLContext | None
    """None where nothing is encrypted."""


@dataclass(frozen=True)
class Gates:
    """All of a cloud."""

    api: tuple[Gate, ...]
    """First the one for others; if that is another than loopback's, one for this machine follows."""
    pings: tuple[Gate, ...]
    udp_pings: tuple[socket.socket, ...]
    endpoint: str
    """How programs of this machine reach the API."""
    public_endpoint: str | None
    """How others do; None where only this machine can."""
    certificate: Certificate | None
    """What the API shows, if it is not for proxies and this machine alone."""

    @property
    def port(self) -> int:
        """The API's, for others."""
        return _port(self.api[0].listener)


@contextmanager
def open_gates(settings: CloudSettings) -> Iterator[Gates]:
    """Listen as the settings say. Raises CloudStartError."""
    decided = listening.decide(settings)
    needs_certificate = any(each.is_encrypted for each in (decided.api, *decided.pings))
    certificate = None
    if needs_certificate or settings.tls_certificate is not None:
        certificate = choice.choose(settings)
    with ExitStack() as stack:

        def gate(place: Place, port: int) -> Gate:
            listener = stack.enter_context(_listener(place, port))
            context = certificate.context if place.is_encrypted and certificate else None
            return Gate(listener, context)

        api = [gate(decided.api, decided.api.port)]
        port = _port(api[0].listener)
        if decided.own is not None:
            api.append(gate(decided.own, decided.own.port))
        yield Gates(
            api=tuple(api),
            pings=tuple(gate(place, port) for place in decided.pings),
            udp_pings=tuple(stack.enter_context(_receiver(each)) for each in decided.udp_pings),
            endpoint=_url(api[-1].listener.getsockname()[0], _port(api[-1].listener), "http"),
            public_endpoint=_public(settings, decided.api, port),
            certificate=certificate if decided.api.is_encrypted else None,
        )


def _public(settings: CloudSettings, place: Place, port: int) -> str | None:
    if not place.is_encrypted:
        return None  # the proxy knows
    host = settings.listen
    if is_wildcard(place.address):
        host = next((name for name in settings.names if not is_loopback(name)), host)
    return _url(host, port, "https")


@contextmanager
def _listener(place: Place, port: int) -> Iterator[socket.socket]:
    # The protocol is named: asyncio turns off Nagle's algorithm only on sockets that name it,
    # and answers would wait 40 ms for an acknowledgement.
    with socket.socket(_family(place), socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _MOST_UNSENT)
        try:
            listener.bind((place.address, port))
            listener.listen(_BACKLOG)
        except OSError as error:
            raise _start_error(place.address, port, "--port 7351", error) from None
        yield listener


@contextmanager
def _receiver(place: Place) -> Iterator[socket.socket]:
    with socket.socket(_family(place), socket.SOCK_DGRAM) as receiver:
        try:
            receiver.bind((place.address, place.port))
        except OSError as error:
            raise _start_error(place.address, place.port, "--ping-port 10001", error) from None
        yield receiver


def _start_error(address: str, port: int, other: str, error: OSError) -> CloudStartError:
    if error.errno == errno.EADDRINUSE:
        return CloudStartError(
            f"port {port} of {address} is in use by another program",
            hint=f"choose another: hathora-deploy cloud start {other}",
        )
    return CloudStartError(f"cannot listen on {address}:{port}: {error.strerror}")


def _family(place: Place) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in place.address else socket.AF_INET


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def _url(host: str, port: int, scheme: str) -> str:
    return f"{scheme}://{in_url(host)}:{port}"
