"""What a container uses, from the engine's statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hathora_deploy.cloud.runtime.port import Measurement

_CACHES: Final = ("inactive_file", "total_inactive_file")
"""What the kernel could take back at once, by the version of cgroups."""


def measurement(stats: Mapping[str, Any], active_connections: int | None) -> Measurement:
    """As ``docker stats`` counts it: memory is without the caches of files."""
    memory = stats.get("memory_stats", {})
    cpu = stats.get("cpu_stats", {}).get("cpu_usage", {}).get("total_usage")
    networks = stats.get("networks")
    details = memory.get("stats", {})
    cache = next((details[name] for name in _CACHES if name in details), 0)
    return Measurement(
        cpu_seconds=None if cpu is None else cpu / 1e9,
        memory=max(memory["usage"] - cache, 0) if "usage" in memory else None,
        total_egress=(
            None if networks is None else sum(network["tx_bytes"] for network in networks.values())
        ),
        active_connections=active_connections,
    )
