"""Compares two things that were made alike, one by each client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.end_to_end.parity.told import Json

IDS: Final = {
    "appId",
    "buildId",
    "createdBy",
    "deploymentId",
    "fleetId",
    "orgTokenId",
    "processId",
    "roomAllocationId",
    "roomId",
}
"""Different in each twin, and the same wherever one twin is named again."""

OWN: Final = {
    "appName": "is unique in an organization, so each twin has its own",
    "appSecret": "is drawn for each app",
    "completeUploadPostRequestUrl": "is signed for each build",
    "contentHash": "is of an archive, and packing notes the time",
    "iat": "is when each player has logged in",
    "id": "is drawn for each player",
    "lastFourCharsOfKey": "is drawn for each token",
    "monthlyProcessVcpuHoursConsumed": "goes on while processes run",
    "name": "is unique in an organization, and drawn for an anonymous player",
    "plainTextToken": "is drawn for each token",
    "port": "is chosen among those that are free",
    "putRequestUrl": "is signed for each build",
    "shortCode": "is drawn for each lobby",
    "token": "is signed for each login",
    "uploadUrl": "is signed for each build",
    "userEmail": "is unique in an organization, so each twin has its own",
}
"""Different in each twin, and why."""

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass
class Twins:
    """Looks for differences between what two clients saw, each of its own twin."""

    _named: dict[str | int, Json] = field(default_factory=dict)
    """The id of the client's twin by that of the SDK's."""

    def differences(self, sdk: Json, client: Json, where: str = "") -> Iterator[str]:
        """Where the two differ in what twins share."""
        if isinstance(sdk, dict) and isinstance(client, dict):
            for name in sdk.keys() ^ client.keys():
                yield f"{where}.{name}: only {'the SDK' if name in sdk else 'the client'} sees it"
            for name in sdk.keys() & client.keys():
                yield from self.differences(sdk[name], client[name], f"{where}.{name}")
        elif isinstance(sdk, list) and isinstance(client, list) and len(sdk) == len(client):
            for index, (one, other) in enumerate(zip(sdk, client, strict=True)):
                yield from self.differences(one, other, f"{where}.{index}")
        elif sdk != client and not self._are_twins(where.rpartition(".")[2], sdk, client):
            yield f"{where}: {sdk!r} for the SDK, {client!r} for the client"

    def _are_twins(self, name: str, sdk: Json, client: Json) -> bool:
        if name in IDS and isinstance(sdk, str | int):
            return type(sdk) is type(client) and self._named.setdefault(sdk, client) == client
        if isinstance(sdk, str) and isinstance(client, str) and MOMENT.fullmatch(sdk):
            return MOMENT.fullmatch(client) is not None
        return name in OWN and type(sdk) is type(client)
