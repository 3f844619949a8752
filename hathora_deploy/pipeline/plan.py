"""What a deploy will do: the settings, completed and checked before anything is packed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from hathora_deploy.api.network import DEFAULT_PORT_NAME, Region
from hathora_deploy.dockerfile import ExposedPort
from hathora_deploy.pipeline.errors import PlanError
from hathora_deploy.pipeline.ports import MAX_ADDITIONAL_PORTS, PortPlan, plan_ports
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.pipeline.source import Revision
from hathora_deploy.secret import Secret

DEFAULT_CPU: Final = 0.5
DEFAULT_MEMORY_MB: Final = 1024
MAX_VARIABLES: Final = 100
MAX_VALUE: Final = 5000
MAX_TAG: Final = 1000
ValueT = TypeVar("ValueT")
_VARIABLE: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,99}")
_PORT_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,99}")


@dataclass(frozen=True)
class Plan:
    """Everything a deploy needs to know, and what is worth a warning. Times are in seconds."""

    ports: PortPlan
    build_id: str | None
    build_tag: str | None
    deployment_tag: str | None
    requested_cpu: float
    requested_memory_mb: int
    rooms_per_process: int
    idle_timeout_enabled: bool
    env: Mapping[str, Secret]
    fleet_id: str | None
    room_region: Region | None
    upload_concurrency: int
    build_timeout: float
    start_timeout: float
    warnings: tuple[str, ...] = ()


def make_plan(
    settings: DeploySettings, *, exposed: Sequence[ExposedPort], revision: Revision
) -> Plan:
    """Raises PlanError with every problem at once."""
    ports = plan_ports(settings, exposed)
    problems = tuple(_problems(settings))
    if isinstance(ports, str):
        hint = "write EXPOSE 7777/udp into the Dockerfile, or set container_port and transport_type"
        raise PlanError(ports, *problems, hint=hint)
    if problems:
        raise PlanError(*problems)
    return Plan(
        ports=ports,
        build_id=settings.build_id,
        build_tag=_given(settings.build_tag, revision.tag),
        deployment_tag=_given(settings.deployment_tag, revision.tag),
        requested_cpu=_given(settings.requested_cpu, DEFAULT_CPU),
        requested_memory_mb=_given(settings.requested_memory_mb, DEFAULT_MEMORY_MB),
        rooms_per_process=_given(settings.rooms_per_process, 1),
        idle_timeout_enabled=_given(settings.idle_timeout_enabled, True),
        env=settings.env,
        fleet_id=settings.fleet_id,
        room_region=settings.room_region,
        upload_concurrency=settings.upload_concurrency,
        build_timeout=settings.build_timeout,
        start_timeout=settings.start_timeout,
        warnings=tuple(_warnings(ports, revision)),
    )


def _given(value: ValueT | None, default: ValueT) -> ValueT:
    return default if value is None else value


def _warnings(ports: PortPlan, revision: Revision) -> Iterator[str]:
    if revision.warning:
        yield revision.warning
    if revision.is_dirty:
        yield f"the folder has changes that are not in {revision.short_sha}"
    if ports.left_out:
        listed = ", ".join(f"{each.port}/{each.protocol}" for each in ports.left_out)
        yield (
            f"players cannot reach {listed}: a deployment has {MAX_ADDITIONAL_PORTS} additional "
            "ports; name those that matter with additional_container_ports"
        )


def _problems(settings: DeploySettings) -> Iterator[str]:
    """The limits are those of Hathora's public specification and of its own command line."""
    yield from _size_problems(settings)
    yield from _port_problems(settings)
    yield from _variable_problems(settings.env)
    yield from _text_problems(settings)
    region = settings.room_region
    if region is not None and not region.is_known:
        yield f"room_region {region} is not one of {', '.join(Region)}"
    for name in ("upload_concurrency", "build_timeout", "start_timeout"):
        if not getattr(settings, name) > 0:
            yield f"{name} must be more than 0"


def _size_problems(settings: DeploySettings) -> Iterator[str]:
    cpu = settings.requested_cpu
    if cpu is not None:
        if not 0.25 <= cpu <= 8:
            yield f"requested_cpu {cpu:g} is not between 0.25 and 8"
        elif Decimal(str(cpu)) != Decimal(str(cpu)).quantize(Decimal("0.01")):
            yield f"requested_cpu {cpu} has more than 2 decimals"
    memory = settings.requested_memory_mb
    if memory is not None and not 512 <= memory <= 16384:
        yield f"requested_memory_mb {memory} is not between 512 and 16384"
    rooms = settings.rooms_per_process
    if rooms is not None and not 1 <= rooms <= 10_000:
        yield f"rooms_per_process {rooms} is not between 1 and 10000"


def _port_problems(settings: DeploySettings) -> Iterator[str]:
    ports = settings.additional_container_ports
    named = [("container_port", settings.container_port)]
    named += [(f"additional port {each.name}", each.port) for each in ports]
    for name, port in named:
        if port is not None and not 1 <= port <= 65535:
            yield f"{name} {port} is not between 1 and 65535"
    if settings.transport_type is not None and not settings.transport_type.is_known:
        yield f"transport_type {settings.transport_type} is none of tcp, udp, tls"
    if len(ports) > MAX_ADDITIONAL_PORTS:
        yield f"{len(ports)} additional ports are more than {MAX_ADDITIONAL_PORTS}"
    names = [DEFAULT_PORT_NAME, *(each.name for each in ports)]
    for name in sorted({each for each in names if names.count(each) > 1}):
        yield f"two ports have the name {name}"
    for each in ports:
        if not _PORT_NAME.fullmatch(each.name):
            yield f"additional port {each.name!r} needs a name of a-z, 0-9 and -, a letter first"
        if not each.transport_type.is_known:
            yield f"additional port {each.name} is none of tcp, udp, tls: {each.transport_type}"


def _variable_problems(env: Mapping[str, Secret]) -> Iterator[str]:
    if len(env) > MAX_VARIABLES:
        yield f"{len(env)} env variables are more than {MAX_VARIABLES}"
    for name, value in env.items():
        if not _VARIABLE.fullmatch(name):
            yield f"env {name!r} needs a name of at most 100 letters, digits and _, no digit first"
        if len(value.reveal()) > MAX_VALUE:
            yield f"the value of env {name} is longer than {MAX_VALUE} characters"


def _text_problems(settings: DeploySettings) -> Iterator[str]:
    for name in ("build_id", "build_tag", "deployment_tag", "fleet_id"):
        text = getattr(settings, name)
        if text is not None and not text.strip():
            yield f"{name} is empty"
    if len(settings.build_tag or "") > MAX_TAG:
        yield f"build_tag is longer than {MAX_TAG} characters"
