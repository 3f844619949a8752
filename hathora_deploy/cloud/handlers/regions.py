"""The regions that a cloud was started with."""

from __future__ import annotations

from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.api.network import Region
from hathora_deploy.cloud.region_hosts import RegionHosts


def check_region(regions: RegionHosts | None, region: Region, place: str = "region") -> None:
    """Raises UnprocessableEntity for a region that is not there; without ``regions`` all are."""
    if regions is not None and region not in regions:
        raise UnprocessableEntity(
            f"{place}: {region.value} is no region of this cloud, which has {', '.join(regions)}"
        )
