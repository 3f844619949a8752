"""Players: who they are, and the tokens that say so.

A token is a JWT that the app's own secret signs, so that game servers can verify it by themselves.
It does not expire.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from hathora_deploy.api.errors import NotFound, Unauthorized
from hathora_deploy.cloud import ids
from hathora_deploy.cloud.identity import Caller
from hathora_deploy.cloud.state import apps
from hathora_deploy.cloud.state.apps import AppRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.secret import Secret

_ALGORITHM: Final = "HS256"
_CLOCKS_DIFFER: Final = timedelta(seconds=30)
"""A game's own backend signs tokens too, on another machine."""


@dataclass(frozen=True)
class Player:
    """A player as their token tells."""

    type: Literal["anonymous", "nickname", "google"]
    id: Annotated[str, Field(min_length=1)]
    name: str | None = None
    email: str | None = None


_PLAYER: Final = TypeAdapter(Player)


def issue_token(player: Player, app: AppRecord, now: datetime) -> Secret:
    import jwt  # slow to import, and many a cloud never needs it

    claims: dict[str, Any] = {
        claim: value for claim, value in asdict(player).items() if value is not None
    }
    claims["iat"] = int(now.timestamp())
    return Secret(jwt.encode(claims, app.secret, algorithm=_ALGORITHM))


def verify(token: Secret, app: AppRecord) -> Player:
    """The player of a token that this very app has signed. Raises Unauthorized."""
    import jwt

    try:
        claims = jwt.decode(
            token.reveal(),
            app.secret,
            algorithms=[_ALGORITHM],
            leeway=_CLOCKS_DIFFER,
            options={"require": ["iat"]},
        )
        return _PLAYER.validate_python(claims)
    except (jwt.PyJWTError, ValidationError, RecursionError):  # the last: brackets in brackets
        raise Unauthorized(
            f"the token is not one of a player of app {app.app_id}",
            hint="log the player in: /auth/v1/{appId}/login",
        ) from None


def authenticate(store: Store, token: Secret, app_id: str) -> Caller:
    """A player of an app, as a caller that belongs to no organization.

    Raises Unauthorized, and NotFound when there is no such app.
    """
    with store.read() as connection:
        app = apps.get(connection, app_id)
    if app is None:
        raise NotFound(f"there is no app {app_id}")
    player = verify(token, app)
    return Caller(name=player.id, described=f"player {player.id}")


def google_id(app: AppRecord, subject: str) -> str:
    """The same player id for a Google account at every login, from which nobody learns the account."""
    digest = hmac.digest(app.secret.encode(), subject.encode(), hashlib.sha256)
    return ids.player_id(int.from_bytes(digest))
