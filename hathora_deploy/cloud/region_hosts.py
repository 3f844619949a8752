"""Which regions a cloud has, and by which of its hosts players reach each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from hathora_deploy.cloud.hosts import checked


@dataclass(frozen=True)
class RegionHosts:
    """A host for each of some regions."""

    pairs: tuple[tuple[str, str], ...]
    """Name and host."""

    def __str__(self) -> str:
        return ",".join(f"{region}={host}" for region, host in self.pairs)

    def __iter__(self) -> Iterator[str]:
        return (region for region, _ in self.pairs)

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(host for _, host in self.pairs))

    def host_of(self, region: str) -> str | None:
        return next((host for each, host in self.pairs if each == region), None)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Pairs such as ``Seattle=203.0.113.5,London=game.example.org``. Raises ValueError."""
        pairs = tuple(_pair(each.strip()) for each in text.split(","))
        regions = [region for region, _ in pairs]
        for region in regions:
            if regions.count(region) > 1:
                raise ValueError(f"names {region} twice")
        return cls(pairs)


def _pair(text: str) -> tuple[str, str]:
    from hathora_deploy.api.network import Region  # takes long, and few name regions

    name, equals, host = text.partition("=")
    if not equals:
        raise ValueError(f"is no pair such as Seattle=203.0.113.5: {text or 'nothing'}")
    known = {region.value.lower(): region for region in Region}
    region = known.get(name.strip().lower())
    if region is None:
        raise ValueError(f"names {name}, which is none of {', '.join(known.values())}")
    return region.value, checked(host.strip())
