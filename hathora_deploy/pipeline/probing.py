"""A process is asked once, over its addresses, whether it serves."""

from __future__ import annotations

import os
import re
import socket
import ssl
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hathora_deploy.api.network import ExposedPort, TransportType
from hathora_deploy.api.processes import ProcessV3
from hathora_deploy.ip_address import is_loopback
from hathora_deploy.pipeline.command import CommandError, run_command
from hathora_deploy.pipeline.probe import Probe, ProbeKind

_LISTEN: Final = 0.5
"""Seconds in which a closed UDP port on the way is told of."""
_TRIES: Final = 2
"""The first datagram may be what makes the network learn that the port is closed."""
_SAID_LINES: Final = 20
_LONGEST_LINE: Final = 4096
_STATUS_LINE: Final = re.compile(r"HTTP/1\.[01] ((?P<status>\d{3})( .*)?)")


@dataclass(frozen=True)
class Addresses:
    """Where a process is reached; ``variables`` tell a command of it."""

    ports: tuple[ExposedPort, ...]
    """The default one goes first."""
    variables: Mapping[str, str]

    @classmethod
    def of(cls, process: ProcessV3) -> Addresses:
        """Those of a process that has bound its port."""
        default, additional = process.exposed_port, process.additional_exposed_ports
        assert default is not None  # as it has where it is bound
        named = {
            f"HATHORA_VERIFY_{port.name.upper().replace('-', '_')}_PORT": str(port.port)
            for port in additional
        }
        return cls(
            (default, *additional),
            {
                "HATHORA_VERIFY_HOST": default.host,
                "HATHORA_VERIFY_PORT": str(default.port),
                **named,
                "HATHORA_VERIFY_REGION": process.region,
                "HATHORA_VERIFY_PROCESS_ID": process.process_id,
                "HATHORA_VERIFY_DEPLOYMENT_ID": process.deployment_id,
                "HATHORA_VERIFY_APP_ID": process.app_id,
            },
        )


@dataclass(frozen=True)
class Unanswered:
    """Why it was no answer; ``said`` is the output of a command."""

    why: str
    said: tuple[str, ...] = ()


def ask(probe: Probe, addresses: Addresses, *, timeout: float) -> Unanswered | None:
    """None for an answer. Takes at most about ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    if probe.kind is ProbeKind.COMMAND:
        return _run(probe.target, addresses, timeout)
    port = probe.port_among(addresses.ports)
    if port is None:
        return Unanswered("the process has no such port")
    try:
        match probe.kind:
            case ProbeKind.UDP:
                _send(port, deadline)
            case ProbeKind.HTTP:
                return _get(port, probe.target, deadline)
            case _:
                _connect(port, deadline).close()
    except ssl.SSLCertVerificationError as error:
        return Unanswered(
            f"its certificate is not trusted: {error.verify_message};"
            " REQUESTS_CA_BUNDLE names one that is"
        )
    except (OSError, UnicodeError) as error:  # of a host name that is none
        return Unanswered(f"{port.host}:{port.port}: {getattr(error, 'strerror', None) or error}")
    return None


def _run(command: str, addresses: Addresses, timeout: float) -> Unanswered | None:
    said: deque[str] = deque(maxlen=_SAID_LINES)
    environment = {**os.environ, **addresses.variables}
    try:
        run_command(
            command,
            folder=Path(),
            environment=environment,
            timeout=round(timeout, 1),
            say=said.append,
        )
    except CommandError as error:
        return Unanswered(str(error), tuple(said))
    return None


def _send(port: ExposedPort, deadline: float) -> None:
    """Raises ConnectionRefusedError where the machine says that nothing listens."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        port.host, port.port, type=socket.SOCK_DGRAM
    )[0]
    with socket.socket(family, kind, protocol) as udp:
        udp.connect(address)  # or what the network says of it would not be told
        for _ in range(_TRIES):
            udp.settimeout(min(_LISTEN, _left(deadline)))
            udp.send(b"")
            try:
                udp.recv(1)
            except TimeoutError:
                continue
            return


def _get(port: ExposedPort, path: str, deadline: float) -> Unanswered | None:
    with _connect(port, deadline) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {port.host}:{port.port}\r\nAccept: */*\r\n"
            "User-Agent: hathora-deploy\r\nConnection: close\r\n\r\n".encode()
        )
        line = _first_line(connection, deadline)
    found = _STATUS_LINE.fullmatch(line)
    if found is None:
        return Unanswered("it answered, but not by HTTP" if line else "it hung up")
    return None if found["status"][0] in "23" else Unanswered(f"HTTP {found[1]}".strip())


def _first_line(connection: socket.socket, deadline: float) -> str:
    """However slowly it drips, it is there by the deadline. Raises TimeoutError."""
    text = b""
    while b"\n" not in text and len(text) < _LONGEST_LINE:
        connection.settimeout(_left(deadline))
        piece = connection.recv(_LONGEST_LINE)
        if not piece:
            break
        text += piece
    return text.split(b"\n", 1)[0].decode("latin-1").strip()


def _connect(port: ExposedPort, deadline: float) -> socket.socket:
    connection = socket.create_connection((port.host, port.port), timeout=_left(deadline))
    if port.transport_type != TransportType.TLS:
        return connection
    try:
        return _trust(port.host).wrap_socket(connection, server_hostname=port.host)
    except BaseException:
        connection.close()
        raise


def _trust(host: str) -> ssl.SSLContext:
    """As the client trusts a cloud; that of this machine has a certificate that nobody has to trust."""
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or None
    is_folder = bundle is not None and Path(bundle).is_dir()
    context = ssl.create_default_context(
        cafile=None if is_folder else bundle, capath=bundle if is_folder else None
    )
    if is_loopback(host):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left
