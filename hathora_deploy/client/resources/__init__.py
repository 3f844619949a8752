"""Table of contents of the client: the operations by resource, grouped and named as in Hathora's SDKs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic

from hathora_deploy.api.operation import Operation
from hathora_deploy.client.resource import ModeT
from hathora_deploy.client.token import Token

if TYPE_CHECKING:
    from hathora_deploy.client.resources.apps import AppsV2
    from hathora_deploy.client.resources.auth import AuthV1
    from hathora_deploy.client.resources.billing import BillingV1
    from hathora_deploy.client.resources.builds import BuildsV3
    from hathora_deploy.client.resources.deployments import DeploymentsV3
    from hathora_deploy.client.resources.deprecated.apps_v1 import AppsV1
    from hathora_deploy.client.resources.deprecated.builds_v1 import BuildsV1
    from hathora_deploy.client.resources.deprecated.builds_v2 import BuildsV2
    from hathora_deploy.client.resources.deprecated.deployments_v1 import DeploymentsV1
    from hathora_deploy.client.resources.deprecated.deployments_v2 import DeploymentsV2
    from hathora_deploy.client.resources.deprecated.discovery_v1 import DiscoveryV1
    from hathora_deploy.client.resources.deprecated.fleets_v1 import FleetsV1
    from hathora_deploy.client.resources.deprecated.lobbies_v1 import LobbiesV1
    from hathora_deploy.client.resources.deprecated.lobbies_v2 import LobbiesV2
    from hathora_deploy.client.resources.deprecated.metrics_v1 import MetricsV1
    from hathora_deploy.client.resources.deprecated.processes_v1 import ProcessesV1
    from hathora_deploy.client.resources.deprecated.processes_v2 import ProcessesV2
    from hathora_deploy.client.resources.deprecated.rooms_v1 import RoomsV1
    from hathora_deploy.client.resources.discovery import DiscoveryV2
    from hathora_deploy.client.resources.fleets import FleetsV2
    from hathora_deploy.client.resources.imports import ImportsV1
    from hathora_deploy.client.resources.leases import LeasesV1
    from hathora_deploy.client.resources.lobbies import LobbiesV3
    from hathora_deploy.client.resources.logs import LogsV1
    from hathora_deploy.client.resources.management import ManagementV1
    from hathora_deploy.client.resources.nodes import NodesV1
    from hathora_deploy.client.resources.orgs import OrganizationsV1
    from hathora_deploy.client.resources.processes import ProcessesV3
    from hathora_deploy.client.resources.rooms import RoomsV2
    from hathora_deploy.client.resources.tokens import TokensV1


class Resources(ABC, Generic[ModeT]):
    """What a cloud offers. A resource is imported when it is first used: a deploy needs a few."""

    @abstractmethod
    def execute(self, operation: Operation[Any], *, player_auth: Token = None) -> Any:
        """Send an operation and return its result."""

    @abstractmethod
    def iterate(self, operation: Operation[Any], items: Callable[[Any], Iterable[Any]]) -> Any:
        """Send an operation for page after page, and return an iterator of their items."""

    @cached_property
    def apps_v2(self) -> AppsV2[ModeT]:
        from hathora_deploy.client.resources.apps import AppsV2

        return AppsV2(self)

    @cached_property
    def auth_v1(self) -> AuthV1[ModeT]:
        from hathora_deploy.client.resources.auth import AuthV1

        return AuthV1(self)

    @cached_property
    def billing_v1(self) -> BillingV1[ModeT]:
        from hathora_deploy.client.resources.billing import BillingV1

        return BillingV1(self)

    @cached_property
    def builds_v3(self) -> BuildsV3[ModeT]:
        from hathora_deploy.client.resources.builds import BuildsV3

        return BuildsV3(self)

    @cached_property
    def deployments_v3(self) -> DeploymentsV3[ModeT]:
        from hathora_deploy.client.resources.deployments import DeploymentsV3

        return DeploymentsV3(self)

    @cached_property
    def discovery_v2(self) -> DiscoveryV2[ModeT]:
        from hathora_deploy.client.resources.discovery import DiscoveryV2

        return DiscoveryV2(self)

    @cached_property
    def fleets_v2(self) -> FleetsV2[ModeT]:
        from hathora_deploy.client.resources.fleets import FleetsV2

        return FleetsV2(self)

    @cached_property
    def imports_v1(self) -> ImportsV1[ModeT]:
        from hathora_deploy.client.resources.imports import ImportsV1

        return ImportsV1(self)

    @cached_property
    def leases_v1(self) -> LeasesV1[ModeT]:
        from hathora_deploy.client.resources.leases import LeasesV1

        return LeasesV1(self)

    @cached_property
    def lobbies_v3(self) -> LobbiesV3[ModeT]:
        from hathora_deploy.client.resources.lobbies import LobbiesV3

        return LobbiesV3(self)

    @cached_property
    def logs_v1(self) -> LogsV1[ModeT]:
        from hathora_deploy.client.resources.logs import LogsV1

        return LogsV1(self)

    @cached_property
    def management_v1(self) -> ManagementV1[ModeT]:
        from hathora_deploy.client.resources.management import ManagementV1

        return ManagementV1(self)

    @cached_property
    def nodes_v1(self) -> NodesV1[ModeT]:
        from hathora_deploy.client.resources.nodes import NodesV1

        return NodesV1(self)

    @cached_property
    def organizations_v1(self) -> OrganizationsV1[ModeT]:
        from hathora_deploy.client.resources.orgs import OrganizationsV1

        return OrganizationsV1(self)

    @cached_property
    def processes_v3(self) -> ProcessesV3[ModeT]:
        from hathora_deploy.client.resources.processes import ProcessesV3

        return ProcessesV3(self)

    @cached_property
    def rooms_v2(self) -> RoomsV2[ModeT]:
        from hathora_deploy.client.resources.rooms import RoomsV2

        return RoomsV2(self)

    @cached_property
    def tokens_v1(self) -> TokensV1[ModeT]:
        from hathora_deploy.client.resources.tokens import TokensV1

        return TokensV1(self)

    @cached_property
    def apps_v1(self) -> AppsV1[ModeT]:
        from hathora_deploy.client.resources.deprecated.apps_v1 import AppsV1

        return AppsV1(self)

    @cached_property
    def builds_v1(self) -> BuildsV1[ModeT]:
        from hathora_deploy.client.resources.deprecated.builds_v1 import BuildsV1

        return BuildsV1(self)

    @cached_property
    def builds_v2(self) -> BuildsV2[ModeT]:
        from hathora_deploy.client.resources.deprecated.builds_v2 import BuildsV2

        return BuildsV2(self)

    @cached_property
    def deployments_v1(self) -> DeploymentsV1[ModeT]:
        from hathora_deploy.client.resources.deprecated.deployments_v1 import DeploymentsV1

        return DeploymentsV1(self)

    @cached_property
    def deployments_v2(self) -> DeploymentsV2[ModeT]:
        from hathora_deploy.client.resources.deprecated.deployments_v2 import DeploymentsV2

        return DeploymentsV2(self)

    @cached_property
    def discovery_v1(self) -> DiscoveryV1[ModeT]:
        from hathora_deploy.client.resources.deprecated.discovery_v1 import DiscoveryV1

        return DiscoveryV1(self)

    @cached_property
    def fleets_v1(self) -> FleetsV1[ModeT]:
        from hathora_deploy.client.resources.deprecated.fleets_v1 import FleetsV1

        return FleetsV1(self)

    @cached_property
    def lobbies_v1(self) -> LobbiesV1[ModeT]:
        from hathora_deploy.client.resources.deprecated.lobbies_v1 import LobbiesV1

        return LobbiesV1(self)

    @cached_property
    def lobbies_v2(self) -> LobbiesV2[ModeT]:
        from hathora_deploy.client.resources.deprecated.lobbies_v2 import LobbiesV2

        return LobbiesV2(self)

    @cached_property
    def metrics_v1(self) -> MetricsV1[ModeT]:
        from hathora_deploy.client.resources.deprecated.metrics_v1 import MetricsV1

        return MetricsV1(self)

    @cached_property
    def processes_v1(self) -> ProcessesV1[ModeT]:
        from hathora_deploy.client.resources.deprecated.processes_v1 import ProcessesV1

        return ProcessesV1(self)

    @cached_property
    def processes_v2(self) -> ProcessesV2[ModeT]:
        from hathora_deploy.client.resources.deprecated.processes_v2 import ProcessesV2

        return ProcessesV2(self)

    @cached_property
    def rooms_v1(self) -> RoomsV1[ModeT]:
        from hathora_deploy.client.resources.deprecated.rooms_v1 import RoomsV1

        return RoomsV1(self)
