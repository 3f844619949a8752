"""Regions, transports and ports: what deployments, processes and rooms all speak of."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field

from hathora_deploy.api.model import Model, Number, OpenEnum


class Region(OpenEnum):
    """Where a process runs."""

    SEATTLE = "Seattle"
    LOS_ANGELES = "Los_Angeles"
    WASHINGTON_DC = "Washington_DC"
    CHICAGO = "Chicago"
    LONDON = "London"
    FRANKFURT = "Frankfurt"
    MUMBAI = "Mumbai"
    SINGAPORE = "Singapore"
    TOKYO = "Tokyo"
    SYDNEY = "Sydney"
    SAO_PAULO = "Sao_Paulo"
    DALLAS = "Dallas"
    JOHANNESBURG = "Johannesburg"
    DUBAI = "Dubai"


class TransportType(OpenEnum):
    """How players reach a port; ``tls`` is TCP with TLS ended by the cloud."""

    TCP = "tcp"
    UDP = "udp"
    TLS = "tls"


Port = Annotated[int, Field(ge=1, le=65535)]
PortName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[a-z][a-z0-9-]*$")]

DEFAULT_PORT_NAME = "default"
"""Name of the port that a deployment declares by ``container_port``."""


class ContainerPort(Model):
    """A port that the game server listens on."""

    name: PortName
    port: Port
    transport_type: TransportType

    @classmethod
    def default(cls, port: int, transport_type: TransportType) -> Self:
        """The one that a deployment declares by ``container_port``."""
        return cls(name=DEFAULT_PORT_NAME, port=port, transport_type=transport_type)


MAX_ADDITIONAL_PORTS: Final = 2
AdditionalPorts = Annotated[list[ContainerPort], Field(max_length=MAX_ADDITIONAL_PORTS)]
"""The ports of a deployment besides the default one."""


class ExposedPort(Model):
    """A port that players connect to."""

    name: str
    host: str
    port: int
    transport_type: TransportType


class Hosting(OpenEnum):
    """What kind of machine runs a process."""

    METAL = "metal"
    CLOUD = "cloud"
    SHARED = "shared"


class MetricValue(Model):
    """One point of a metric; ``timestamp`` is in Unix seconds."""

    timestamp: Number
    value: Number
