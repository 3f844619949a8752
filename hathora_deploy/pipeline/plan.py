"""What a deploy will do: the settings, completed and checked before anything is packed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.network import MAX_ADDITIONAL_PORTS, Region
from hathora_deploy.dockerfile import ExposedPort
from hathora_deploy.pipeline.compression import Compression
from hathora_deploy.pipeline.deployment_spec import SETTINGS, DeploymentSpec
from hathora_deploy.pipeline.errors import PlanError
from hathora_deploy.pipeline.inheritance import inherit
from hathora_deploy.pipeline.limits import build_problems, deployment_problems
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.ports import PortPlan, plan_ports
from hathora_deploy.pipeline.revision import Revision
from hathora_deploy.pipeline.settings import DeploySettings, UploadSettings
from hathora_deploy.pipeline.verification import Verification

DEFAULT_CPU: Final = 0.5
DEFAULT_MEMORY_MB: Final = 1024
_DOCKERFILE: Final = "the Dockerfile's EXPOSE"
_DECIDED: Final[Mapping[str, str]] = {
    **dict.fromkeys(SETTINGS, "default"),
    "container_port": _DOCKERFILE,
    "transport_type": _DOCKERFILE,
    "additional_container_ports": _DOCKERFILE,
}
"""Who says so where nobody did."""
ValueT = TypeVar("ValueT")


@dataclass(frozen=True)
class BuildPlan:
    """What a build needs to know, and what is worth a warning. Times are in seconds."""

    build_id: str | None
    """None: that of the content, which others may use too."""
    build_tag: str | None
    force: bool
    compression: Compression
    upload: UploadSettings
    timeout: float
    patience: Patience
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a deploy needs to know besides, and what is worth a warning. Times are in seconds."""

    build: BuildPlan
    deployment: DeploymentSpec
    origins: Mapping[str, str]
    """By field of the deployment, and ``env.NAME``: who says so, for people."""
    verification: Verification | None
    room_region: Region | None
    start_timeout: float
    rollback: bool
    """Whether a deployment that turns out to be no good is followed by the earlier one."""
    warnings: tuple[str, ...] = ()


def plan_build(settings: DeploySettings, *, revision: Revision) -> BuildPlan:
    """Raises PlanError with every problem at once."""
    problems = tuple(build_problems(settings))
    if problems:
        raise PlanError(*problems)
    return _build_plan(settings, revision)


def plan_deploy(
    settings: DeploySettings,
    *,
    exposed: Sequence[ExposedPort],
    revision: Revision,
    latest: DeploymentV3 | None = None,
) -> Plan:
    """``latest`` is what ``from_latest`` inherits from. Raises PlanError with every problem at once."""
    if settings.from_latest and latest is not None:
        settings = inherit(settings, latest)
    ports = plan_ports(settings, exposed)
    if isinstance(ports, str):
        port = settings.container_port or 7777
        hint = (
            f"write EXPOSE {port}/udp into the Dockerfile,"
            f" or pass --container-port {port} --transport-type udp"
        )
        raise PlanError(ports, *_problems(settings), hint=hint)
    if problems := (*_problems(settings), *_verification_problems(settings, ports)):
        raise PlanError(*problems)
    spec = DeploymentSpec(
        container_port=ports.container_port,
        transport_type=ports.transport_type,
        additional_container_ports=ports.additional,
        requested_cpu=_given(settings.requested_cpu, DEFAULT_CPU),
        requested_memory_mb=_given(settings.requested_memory_mb, DEFAULT_MEMORY_MB),
        requested_gpu=settings.requested_gpu,
        rooms_per_process=_given(settings.rooms_per_process, 1),
        idle_timeout_enabled=_given(settings.idle_timeout_enabled, True),
        env=settings.env,
        fleet_id=settings.fleet_id,
        deployment_tag=_given(settings.deployment_tag, revision.tag),
    )
    return Plan(
        build=_build_plan(settings, revision),
        deployment=spec,
        origins=_origins(settings, revision),
        verification=settings.verification,
        room_region=settings.room_region,
        start_timeout=settings.start_timeout,
        rollback=_given(settings.rollback, settings.verification is not None),
        warnings=(
            *_inheritance_warnings(settings, latest),
            *_port_warnings(ports),
            *_rollback_warnings(settings),
        ),
    )


def require_possible(settings: DeploySettings) -> None:
    """Raises PlanError with all that is wrong with the settings, whatever they are for."""
    if problems := _problems(settings):
        raise PlanError(*problems)


def _problems(settings: DeploySettings) -> tuple[str, ...]:
    return (*build_problems(settings), *deployment_problems(settings))


def _verification_problems(settings: DeploySettings, ports: PortPlan) -> Iterator[str]:
    if settings.verification is not None:
        idle_timeout = _given(settings.idle_timeout_enabled, True)
        yield from settings.verification.problems(ports.named, idle_timeout=idle_timeout)


def _origins(settings: DeploySettings, revision: Revision) -> Mapping[str, str]:
    decided = {**_DECIDED, "deployment_tag": revision.service or "git"}
    given = [name for name in decided if getattr(settings, name) is not None]
    names = (*given, *(f"env.{name}" for name in settings.env))
    return {**decided, **{name: settings.origins.get(name, "given") for name in names}}


def _build_plan(settings: DeploySettings, revision: Revision) -> BuildPlan:
    return BuildPlan(
        build_id=settings.build_id,
        build_tag=_given(settings.build_tag, revision.tag),
        force=settings.force,
        compression=settings.compression,
        upload=settings.upload,
        timeout=settings.build_timeout,
        patience=settings.patience,
        warnings=revision.warnings,
    )


def _given(value: ValueT | None, default: ValueT) -> ValueT:
    return default if value is None else value


def _inheritance_warnings(settings: DeploySettings, latest: DeploymentV3 | None) -> Iterator[str]:
    if settings.from_latest and latest is None:
        yield "there is no deployment yet whose settings this one could have: what nobody said is default"


def _rollback_warnings(settings: DeploySettings) -> Iterator[str]:
    if settings.rollback and settings.verification is None and settings.room_region is None:
        yield "there will be no rollback: neither a verification nor a room will show whether to"


def _port_warnings(ports: PortPlan) -> Iterator[str]:
    if ports.left_out:
        listed = ", ".join(f"{each.port}/{each.protocol}" for each in ports.left_out)
        yield (
            f"players cannot reach {listed}: a deployment has {MAX_ADDITIONAL_PORTS} additional "
            "ports; name those that matter with additional_container_ports"
        )
