"""The proxies that a cloud believes: what they say of callers counts."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Self

from hathora_deploy.ip_address import address_of

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class TrustedProxies:
    """Their addresses and networks."""

    networks: tuple[IpNetwork, ...] = ()

    def __str__(self) -> str:
        return ",".join(
            str(each.network_address) if each.num_addresses == 1 else str(each)
            for each in self.networks
        )

    def __contains__(self, host: str) -> bool:
        address = address_of(host)
        return address is not None and any(address in network for network in self.networks)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Addresses and networks, such as ``10.0.0.5,fd00::/8``. Raises ValueError."""
        return cls(tuple(_network(each.strip()) for each in text.split(",")))


def _network(text: str) -> IpNetwork:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(
            f"is no address and no network such as 10.0.0.0/8: {text or 'nothing'}"
        ) from None
