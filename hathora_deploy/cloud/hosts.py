"""Names and addresses of machines: how they are written, and where they lead."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import Final, Self

from hathora_deploy.ip_address import address_of

_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_-]{1,63})*"
)


@dataclass(frozen=True)
class HostNames:
    """Names and addresses that a cloud goes by."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return ",".join(self.names)

    @classmethod
    def parse(cls, text: str) -> Self:
        """What is written with commas between. Raises ValueError."""
        return cls(tuple(checked(each.strip()) for each in text.split(",")))


def checked(host: str) -> str:
    """A name in small letters, or an address as it is. Raises ValueError for anything else."""
    if is_wildcard(host) or (address_of(host) is None and not _NAME.fullmatch(host)):
        raise ValueError(f"is no name and no address of a machine: {host or 'nothing'}")
    return host.lower()


def is_wildcard(host: str) -> bool:
    """Whether it stands for every address of a machine."""
    address = address_of(host)
    return address is not None and address.is_unspecified


def in_url(host: str) -> str:
    """As it stands in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def own_addresses(host: str) -> list[str]:
    """The addresses of a host that this machine has itself; none for one that is elsewhere, or unknown."""
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_DGRAM)
    except OSError:
        return []
    addresses = dict.fromkeys(str(each[4][0]) for each in found)
    return [address for address in addresses if not is_wildcard(address) and _is_own(address)]


def _is_own(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
