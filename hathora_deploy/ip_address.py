"""Addresses as they are written for a host, and which hosts are this machine's own."""

from __future__ import annotations

import ipaddress

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(host: str) -> IpAddress | None:
    """The address that is written; None for a name. An IPv4 address within IPv6 is the IPv4 one."""
    # A zone, as in fe80::1%eth0, says where an address counts and is no part of it.
    written = host.partition("%")[0] if ":" in host else host
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def is_loopback(host: str) -> bool:
    """Whether what is sent to the host surely stays on this machine. Takes an address in brackets, too.

    Of names that is ``localhost`` alone, which every machine knows by itself. ``localhost.`` and
    ``game.localhost`` are asked of a name server by many, and that may answer with any address.
    """
    address = address_of(host.removeprefix("[").removesuffix("]"))
    return host.lower() == "localhost" if address is None else address.is_loopback
