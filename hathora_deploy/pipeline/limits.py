"""What Hathora's public specification, and its own command line, allow a build and a deployment to be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from hathora_deploy.api.deployments import MAX_VARIABLES
from hathora_deploy.api.limits import MAX_BUILD_TAG
from hathora_deploy.api.network import DEFAULT_PORT_NAME, MAX_ADDITIONAL_PORTS, Region
from hathora_deploy.pipeline.settings import DeploySettings, UploadSettings
from hathora_deploy.secret import Secret

_UPLOAD_TIMES: Final = ("connect_timeout", "stall_window", "answer_timeout", "join_timeout")
_MAX_VALUE: Final = 5000
_VARIABLE: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,99}")
_PORT_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,99}")


def build_problems(settings: DeploySettings) -> Iterator[str]:
    """What is wrong with the settings of a build."""
    yield from _unset(settings, "build_id", "build_tag")
    if len(settings.build_tag or "") > MAX_BUILD_TAG:
        yield f"build_tag is longer than {MAX_BUILD_TAG} characters"
    yield from _not_positive(settings, "git_timeout", "build_timeout")
    yield from settings.patience.problems()
    if not settings.hooks.timeout > 0:
        yield "the timeout of hooks must be more than 0"
    upload = settings.upload
    if upload.most_at_once < 1:
        yield "most_at_once must be more than 0"
    if upload.rate_limit is not None and not upload.rate_limit > 0:
        yield "rate_limit must be more than 0"
    yield from _not_positive(upload, *_UPLOAD_TIMES)


def deployment_problems(settings: DeploySettings) -> Iterator[str]:
    """What is wrong with the settings of a deployment and its room."""
    for name, problem in _number_problems(settings):
        giver = settings.origins.get(name)
        yield f"{name} {problem} ({giver})" if giver else f"{name} {problem}"
    yield from _port_problems(settings)
    yield from _variable_problems(settings.env)
    yield from _unset(settings, "deployment_tag", "fleet_id")
    region = settings.room_region
    if region is not None and not region.is_known:
        yield f"room_region {region} is not one of {', '.join(Region)}"
    yield from _not_positive(settings, "start_timeout")
    if not settings.lock_timeout >= 0:
        yield "lock_timeout must not be less than 0"


def _unset(settings: DeploySettings, *names: str) -> Iterator[str]:
    for name in names:
        text = getattr(settings, name)
        if text is not None and not text.strip():
            yield f"{name} is empty"


def _not_positive(settings: DeploySettings | UploadSettings, *names: str) -> Iterator[str]:
    for name in names:
        if not getattr(settings, name) > 0:
            yield f"{name} must be more than 0"


def _number_problems(settings: DeploySettings) -> Iterator[tuple[str, str]]:
    """The setting, and what is wrong with it."""
    cpu = settings.requested_cpu
    if cpu is not None:
        if not 0.25 <= cpu <= 8:
            yield "requested_cpu", f"{cpu:g} is not between 0.25 and 8"
        elif Decimal(str(cpu)) != Decimal(str(cpu)).quantize(Decimal("0.01")):
            yield "requested_cpu", f"{cpu} has more than 2 decimals"
    memory = settings.requested_memory_mb
    if memory is not None and not 512 <= memory <= 16384:
        yield "requested_memory_mb", f"{memory} is not between 512 and 16384"
    gpu = settings.requested_gpu
    if gpu is not None and gpu < 0:
        yield "requested_gpu", f"{gpu} is less than none"
    rooms = settings.rooms_per_process
    if rooms is not None and not 1 <= rooms <= 10_000:
        yield "rooms_per_process", f"{rooms} is not between 1 and 10000"
    port = settings.container_port
    if port is not None and not 1 <= port <= 65535:
        yield "container_port", f"{port} is not between 1 and 65535"


def _port_problems(settings: DeploySettings) -> Iterator[str]:
    ports = settings.additional_container_ports or ()
    for each in ports:
        if not 1 <= each.port <= 65535:
            yield f"additional port {each.name} {each.port} is not between 1 and 65535"
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


def _variable_problems(env: Mapping[str, object]) -> Iterator[str]:
    if len(env) > MAX_VARIABLES:
        yield f"{len(env)} env variables are more than {MAX_VARIABLES}"
    for name, value in env.items():
        if not _VARIABLE.fullmatch(name):
            yield f"env {name!r} needs a name of at most 100 letters, digits and _, no digit first"
        if not isinstance(value, Secret):  # what no type checker has seen
            yield f"the value of env {name} is to be a Secret"
            continue
        if len(value.reveal()) > _MAX_VALUE:
            yield f"the value of env {name} is longer than {_MAX_VALUE} characters"
        if "\0" in value.reveal():
            yield f"the value of env {name} holds a NUL character, which no variable can"
