"""What the operations are called in the client, and in Hathora's SDKs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from hathora_deploy.api.operation import Operation
from hathora_deploy.client.call import paged_call
from hathora_deploy.client.cloud import HathoraCloud
from hathora_deploy.client.resources import Resources


@dataclass(frozen=True)
class MethodName:
    """A method of the client: ``processes_v3`` and ``get_latest_processes``."""

    resource: str
    method: str
    iterator: str | None = None
    """The method that hands out the items of all pages, where the answer is one page."""

    def __str__(self) -> str:
        return f"{self.resource}.{self.method}"

    @property
    def sdk_resource(self) -> str:
        """As the TypeScript SDK spells it: ``processesV3``."""
        return _camel(self.resource)

    @property
    def in_sdk(self) -> str:
        """As the TypeScript SDK spells it: ``processesV3.getLatestProcesses``."""
        return f"{self.sdk_resource}.{_camel(self.method)}"


def method_names() -> Mapping[type[Operation[Any]], MethodName]:
    """The method of each operation, by resource, in the order of the client's tables of contents."""
    found: dict[type[Operation[Any]], MethodName] = {}
    with HathoraCloud() as cloud:
        for resource, member in vars(Resources).items():
            if not isinstance(member, cached_property):
                continue
            group = getattr(cloud, resource)
            for method, descriptor in vars(type(group)).items():
                if isinstance(descriptor, paged_call):
                    operation = getattr(group, method).__wrapped__
                    found[operation] = replace(found[operation], iterator=method)
                elif operation := getattr(getattr(group, method), "__wrapped__", None):
                    found[operation] = MethodName(resource, method)
    return found


def _camel(name: str) -> str:
    return re.sub(r"_(.)", lambda match: match[1].upper(), name)
