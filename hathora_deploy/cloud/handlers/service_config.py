"""What an application wants to be kept running, as it is written and as it is kept."""

from __future__ import annotations

from hathora_deploy.api.apps import (
    ApplicationServiceConfig,
    ServiceConfigWrite,
    StaticProcessAllocationConfig,
    StaticProcessAllocationConfigWrite,
)
from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.cloud.handlers.regions import check_region
from hathora_deploy.cloud.region_hosts import RegionHosts


def complete(
    written: ServiceConfigWrite, *, most: int, served: RegionHosts | None = None
) -> ApplicationServiceConfig:
    """The config with what was left out: target is min, and max is the ``most`` that this cloud can.

    Raises UnprocessableEntity, with the place, for one that cannot be kept.
    """
    allocations = [
        _complete(each, f"serviceConfig.staticProcessAllocation[{index}]", most=most)
        for index, each in enumerate(written.static_process_allocation)
    ]
    regions = [each.region for each in allocations]
    for index, region in enumerate(regions):
        place = f"serviceConfig.staticProcessAllocation[{index}].region"
        check_region(served, region, place)
        if regions.count(region) > 1:
            raise UnprocessableEntity(
                f"serviceConfig.staticProcessAllocation: region {region} stands in it twice"
            )
    return ApplicationServiceConfig(
        static_process_allocation=allocations,
        load_balancer=written.load_balancer,
        process_autoscaler_config=written.process_autoscaler_config,
    )


def fitted(
    config: ApplicationServiceConfig, *, most: int, served: RegionHosts | None = None
) -> ApplicationServiceConfig:
    """The config of another cloud as far as this one can keep it: in its regions, of each at most ``most``.

    Raises UnprocessableEntity, with the place, for one that no cloud can keep.
    """
    allocations = [
        StaticProcessAllocationConfigWrite(
            region=each.region,
            min_processes=min(each.min_processes, most),
            target_processes=min(each.target_processes, most),
            max_processes=min(each.max_processes, most),
            autoscaling_enabled=each.autoscaling_enabled,
        )
        for each in config.static_process_allocation
        if served is None or each.region in served
    ]
    written = ServiceConfigWrite(
        static_process_allocation=allocations,
        load_balancer=config.load_balancer,
        process_autoscaler_config=config.process_autoscaler_config,
    )
    return complete(written, most=most, served=served)


def _complete(
    written: StaticProcessAllocationConfigWrite, place: str, *, most: int
) -> StaticProcessAllocationConfig:
    least, target, largest = (
        written.min_processes,
        written.min_processes if written.target_processes is None else written.target_processes,
        most if written.max_processes is None else written.max_processes,
    )
    if not 0 <= least <= target <= largest <= most:
        raise UnprocessableEntity(
            f"{place}: minProcesses {least}, targetProcesses {target} and maxProcesses {largest} "
            f"are not in order between 0 and {most}"
        )
    return StaticProcessAllocationConfig(
        region=written.region,
        min_processes=least,
        target_processes=target,
        max_processes=largest,
        autoscaling_enabled=written.autoscaling_enabled,
    )
