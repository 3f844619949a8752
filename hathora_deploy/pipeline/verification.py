"""How a deployment is tried before it is relied on: what was asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hathora_deploy.api.network import ContainerPort, Region
from hathora_deploy.pipeline.probe import Probe

_IDLE: Final = 300.0
"""Seconds after which a cloud stops a process that nobody uses."""


@dataclass(frozen=True)
class Verification:
    """A process of the deployment is to bind, answer each probe, and stay up. Times are in seconds."""

    probes: tuple[Probe, ...]
    region: Region = Region.SEATTLE
    timeout: float = 300.0
    """For binding and answering together."""
    stay: float = 5.0
    """How long it is to stay up after it has answered."""

    def problems(self, ports: Sequence[ContainerPort], *, idle_timeout: bool) -> Iterator[str]:
        """Why no deployment with these ports can be found good."""
        if not self.probes:
            yield "a verification needs a probe: tcp, udp, http:/path or a command"
        for probe in self.probes:
            problem = probe.problem(ports)
            if problem:
                yield problem
        if not self.region.is_known:
            yield f"verify_region {self.region} is not one of {', '.join(Region)}"
        if not self.timeout > 0:
            yield "verify_timeout must be more than 0"
        if not self.stay >= 0:
            yield "verify_stay must not be less than 0"
        elif idle_timeout and self.stay >= _IDLE:
            yield (
                f"verify_stay {self.stay:g} is not less than the {_IDLE:g} seconds after which an"
                " idle process is stopped: idle_timeout_enabled would have to be off"
            )


@dataclass(frozen=True)
class Verified:
    """What a process has shown. ``seconds`` are those until it had answered, ``stayed`` those after."""

    process_id: str
    region: Region
    probes: tuple[Probe, ...]
    seconds: float
    stayed: float
