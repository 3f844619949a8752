"""When the SDK and the Python client agree, and where they differ on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tests.end_to_end.parity.samples import UNKNOWN_FIELD
from tests.end_to_end.parity.told import Call, Json, Refusal, Told, Value

KINDS: Final = {
    "ApiError": "ApiError",
    "SDKError": "ApiError",
    "ResponseValidationError": "ResponseValidationError",
    "SDKValidationError": "RequestValidationError",
    "ConnectionError": "ConnectionError",
    "RequestTimeoutError": "RequestTimeoutError",
}
"""The SDK's class of an error, and the Python client's. SDKError is of a status the operation does
not list; in Python every status has a class."""

ON_PURPOSE: Final = {
    ("SDKError", "Value"): "JSON that fits the contract is taken, and a log is a log, also where a "
    "proxy has dropped the content type or changed it; the SDK takes neither",
    ("SyntaxError", "ResponseValidationError"): "the SDK lets JSON.parse's own error through",
    ("SyntaxError", "ApiError"): "the same; in Python the status of the answer decides",
    ("ResponseValidationError", "ApiError"): "an error without a message is still that error: in "
    "Python its status has the word, in the SDK the message that is missing",
}
"""What the SDK tells and what the Python client tells instead, and why that is better."""

OPEN_UNIONS: Final = {"GetConnectionInfoDeprecated"}
"""The SDK refuses a status that it does not know where the result has two shapes; in Python the
enumeration is open there too."""

NOT_IN_THE_SDK_YET: Final = {
    "GetDeployments": {"nextPageToken"},
    "GetFleetsDeprecated": {"errorState"},
    "CreateFleetDeprecated": {"errorState"},
    "GetFleetDeprecated": {"errorState"},
}
"""Fields by operation that came into the contract after the newest SDK on npm, 2.25.6."""

NOT_LISTED_BY_THE_SDK_YET: Final = {
    "GetDeployments": {422},
    "GetDeploymentsV1Deprecated": {500},
    "GetDeploymentsV2Deprecated": {500},
    "GetLobbyInfoByShortCode": {422},
}
"""Error statuses by operation that came into the contract after that version."""

RENAMED_BY_THE_SDK: Final = {
    "rateEgress": "rate_egress",
    "totalEgress": "total_egress",
    "activeConnections": "active_connections",
}
"""What the SDK hands out in camelCase of the one result that has underscores on the wire."""


def disagreement(operation: str, sdk: Told, client: Told) -> str | None:
    """What the two do not agree on."""
    told = f"the SDK tells {sdk}, the client {client}"
    if isinstance(sdk, Value) and isinstance(client, Value):
        names = RENAMED_BY_THE_SDK if operation == "GetMetricsDeprecated" else {}
        unknown = {UNKNOWN_FIELD, *NOT_IN_THE_SDK_YET.get(operation, ())}
        same = _renamed(sdk.value, names) == _without(client.value, unknown)
        return None if same else told
    kinds = (_kind(sdk), _kind(client))
    if kinds in ON_PURPOSE:
        return None
    if kinds == ("ResponseValidationError", "Value") and operation in OPEN_UNIONS:
        return None
    if not (isinstance(sdk, Refusal) and isinstance(client, Refusal)):
        return told
    same = KINDS.get(sdk.kind) == client.kind
    # Of an answer that does not fit the SDK tells the status too.
    same &= client.status is None or client.status == sdk.status
    # The text of an SDKError is the answer whole; of the others only the server's own is shared.
    same &= sdk.kind != "ApiError" or sdk.message == client.message
    return None if same else told


def known_to_both(call: Call) -> Call:
    """A call without the fields that the SDK cannot send."""
    later = NOT_IN_THE_SDK_YET.get(call.operation, ())
    return Call(call.operation, _without(call.fields, later), call.player_auth)


def _kind(told: Told) -> str:
    return told.kind if isinstance(told, Refusal) else "Value"


def _without(value: Json, names: Iterable[str]) -> Json:
    if isinstance(value, dict):
        return {name: _without(each, names) for name, each in value.items() if name not in names}
    return [_without(each, names) for each in value] if isinstance(value, list) else value


def _renamed(value: Json, names: Mapping[str, str]) -> Json:
    if not names or not isinstance(value, dict):
        return value
    return {names.get(name, name): each for name, each in value.items()}
