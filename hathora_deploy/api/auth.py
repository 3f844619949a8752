"""Player login: tokens for the players of an application."""

from __future__ import annotations

from hathora_deploy.api.model import Model
from hathora_deploy.api.operation import FROM_CLIENT, Auth, Operation
from hathora_deploy.secret import Secret


class PlayerTokenObject(Model):
    """A player's token."""

    token: Secret


class LoginAnonymous(
    Operation[PlayerTokenObject],
    method="POST",
    path="/auth/v1/{appId}/login/anonymous",
    auth=Auth.NONE,
    errors=(404, 408, 429),
    repeatable=True,
):
    """Log a player in without asking who they are."""

    app_id: str = FROM_CLIENT


class LoginGoogle(
    Operation[PlayerTokenObject],
    method="POST",
    path="/auth/v1/{appId}/login/google",
    auth=Auth.NONE,
    errors=(401, 404, 408, 422, 429),
    repeatable=True,
):
    """Log a player in by a Google ID token."""

    id_token: Secret
    app_id: str = FROM_CLIENT


class LoginNickname(
    Operation[PlayerTokenObject],
    method="POST",
    path="/auth/v1/{appId}/login/nickname",
    auth=Auth.NONE,
    errors=(404, 408, 422, 429),
    repeatable=True,
):
    """Log a player in by a nickname of their choice."""

    nickname: str
    app_id: str = FROM_CLIENT
