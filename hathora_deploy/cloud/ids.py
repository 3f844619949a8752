"""Identifiers, in the forms that Hathora's have."""

from __future__ import annotations

import secrets
import string
import uuid

_BASE36 = string.digits + string.ascii_lowercase


def new_org_id() -> str:
    return f"org-{uuid.uuid4()}"


def new_org_token_id() -> str:
    return f"org-token-{uuid.uuid4()}"


def new_app_id() -> str:
    return f"app-{uuid.uuid4()}"


def new_app_secret() -> str:
    return f"secret-{uuid.uuid4()}"


def new_build_id() -> str:
    return f"bld-{uuid.uuid4()}"


def new_build_key() -> str:
    """Never reused, as the id of a build may be: it also names the build's archive and log."""
    return uuid.uuid4().hex


def new_deployment_id() -> str:
    return f"dep-{uuid.uuid4()}"


def new_process_id() -> str:
    return str(uuid.uuid4())


def new_fleet_id() -> str:
    return f"fleet-{uuid.uuid4()}"


def new_node_id() -> str:
    return f"node-{uuid.uuid4()}"


def new_room_allocation_id() -> str:
    return str(uuid.uuid4())


def new_room_id() -> str:
    """Thirteen characters, as in ``2swovpy1fnunu``: short enough to be typed."""
    return "".join(secrets.choice(_BASE36) for _ in range(13))


def new_player_id() -> str:
    return player_id(secrets.randbits(64))


def player_id(number: int) -> str:
    """Eleven characters, as in ``wh08ycwy2p9``, drawn from a number of 64 bits or more."""
    return "".join(_BASE36[number // 36**place % 36] for place in range(11))


def new_org_token() -> str:
    """The text of an organization's token: 256 random bits."""
    return f"hathora_org_{secrets.token_urlsafe(32)}"


def new_user_token() -> str:
    """The text of a user's token: 256 random bits."""
    return f"hathora_user_{secrets.token_urlsafe(32)}"
