"""The engine's statistics, in the shapes that they have been seen in."""

from __future__ import annotations

import pytest

from hathora_deploy.cloud.runtime.docker_stats import measurement
from hathora_deploy.cloud.runtime.port import Measurement


@pytest.mark.parametrize("cache", ["inactive_file", "total_inactive_file"])
def test_memory_is_without_the_caches_of_files_and_networks_are_added_up(cache: str) -> None:
    stats = {
        "cpu_stats": {"cpu_usage": {"total_usage": 1_500_000_000}},
        "memory_stats": {"usage": 5000, "stats": {cache: 2000}},
        "networks": {"eth0": {"tx_bytes": 30}, "eth1": {"tx_bytes": 12}},
    }

    assert measurement(stats, 3) == Measurement(1.5, 3000, 42, 3)


def test_what_an_engine_leaves_out_is_not_known() -> None:
    assert measurement({"memory_stats": {}}, None) == Measurement()


def test_memory_is_never_negative() -> None:
    stats = {"memory_stats": {"usage": 1, "stats": {"inactive_file": 2}}}

    assert measurement(stats, None).memory == 0
