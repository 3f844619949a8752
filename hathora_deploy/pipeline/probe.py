"""What is asked of a process to find out whether it serves: as a person writes it, and of which port."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

from hathora_deploy.api.network import ContainerPort, ExposedPort, TransportType

PortT = TypeVar("PortT", ContainerPort, ExposedPort)


class ProbeKind(Enum):
    """Each with what it takes for an answer."""

    TCP = "it accepts a connection, with TLS on a tls port"
    UDP = "nothing says that the port is closed"
    HTTP = "the status of an answer is 2xx or 3xx, by https on a tls port"
    COMMAND = "a program of the user's exits with 0"


_STREAMS: Final = (TransportType.TCP, TransportType.TLS)
_TRANSPORTS: Final = {
    ProbeKind.TCP: _STREAMS,
    ProbeKind.UDP: (TransportType.UDP,),
    ProbeKind.HTTP: _STREAMS,
    ProbeKind.COMMAND: tuple(TransportType),
}
_PORT: Final = re.compile(r"(?P<kind>tcp|udp)(:(?P<port>.*))?", re.DOTALL)
_HTTP: Final = re.compile(r"https?(:(?P<port>[^/]*)(?P<path>.*))?", re.DOTALL)
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Probe:
    """One of them. ``target`` is the path of HTTP, or the command.

    ``port`` is the name of a port, or None for the first with a fitting transport; the default one goes first.
    """

    kind: ProbeKind
    port: str | None = None
    target: str = ""

    @classmethod
    def named(cls, text: str) -> Probe:
        """``tcp``, ``udp:query``, ``http:/health``, ``http:admin/health``, or a command. Raises ValueError."""
        text = text.strip()
        if not text:
            raise ValueError("it is empty: write tcp, udp, http:/path or a command")
        if found := _PORT.fullmatch(text):
            return cls(ProbeKind[found["kind"].upper()], _port_name(text, found["port"]))
        if found := _HTTP.fullmatch(text):
            path = found["path"] or ""
            if path.startswith("//"):
                raise ValueError(
                    f"{text} is a URL, whose port nobody knows yet: write http:/health"
                )
            if not path or not path.isascii() or not path.isprintable() or " " in path:
                raise ValueError(f"{text} names no path: write http:/health")
            return cls(ProbeKind.HTTP, _port_name(text, found["port"] or None), path)
        if "\0" in text:
            raise ValueError("it holds a NUL character, which no command can")
        return cls(ProbeKind.COMMAND, target=text)

    def __str__(self) -> str:
        if self.kind is ProbeKind.COMMAND:
            return self.target
        if self.kind is ProbeKind.HTTP:
            return f"http:{self.port or ''}{self.target}"
        return self.kind.name.lower() + (f":{self.port}" if self.port else "")

    def port_among(self, ports: Sequence[PortT]) -> PortT | None:
        """The one that is asked; None where none fits."""
        fitting = _TRANSPORTS[self.kind]
        return next(
            (
                port
                for port in ports
                if self.port in (None, port.name) and port.transport_type in fitting
            ),
            None,
        )

    def problem(self, ports: Sequence[ContainerPort]) -> str | None:
        """Why no deployment with these ports can answer it."""
        if self.port_among(ports) is not None:
            return None
        wanted = "udp" if self.kind is ProbeKind.UDP else "tcp or tls"
        which = f"no {wanted} port" + (f" named {self.port}" if self.port else "")
        listed = ", ".join(f"{port.name} {port.port}/{port.transport_type}" for port in ports)
        return f"verify {self}: the deployment has {which}; it has {listed}"


def _port_name(text: str, name: str | None) -> str | None:
    if name is not None and not _NAME.fullmatch(name):
        raise ValueError(f"{text} names no port: write tcp, udp:query or http:query/health")
    return name
