"""Who asks: tokens to callers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hathora_deploy.api.errors import Unauthorized
from hathora_deploy.cloud import ids
from hathora_deploy.cloud.state import orgs
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.secret import Secret


@dataclass(frozen=True)
class Caller:
    """Whoever makes a call, and the organization it may touch."""

    org_id: str
    name: str
    """For the ``createdBy`` of what the caller makes."""


ANYBODY = Caller(org_id="", name="anybody")
"""Caller of the operations that need no token."""


def authenticate(store: Store, authorization: str | None) -> Caller:
    """The caller of an ``Authorization`` header. Raises Unauthorized."""
    scheme, _, text = (authorization or "").partition(" ")
    if not text or scheme.lower() != "bearer":
        raise Unauthorized("this call needs a token: Authorization: Bearer <token>")
    with store.read() as connection:
        token = orgs.find_token(connection, orgs.digest(Secret(text.strip())))
    if token is None:
        raise Unauthorized("the token is not one of this cloud's, or it was revoked")
    return Caller(org_id=token.org_id, name=token.name)


def issue_token(
    connection: Connection, *, org_id: str, name: str, created_by: str, now: datetime
) -> tuple[orgs.OrgTokenRecord, Secret]:
    """A new token and its text, which is kept nowhere."""
    text = Secret(ids.new_token())
    token = orgs.OrgTokenRecord(
        org_token_id=ids.new_org_token_id(),
        org_id=org_id,
        name=name,
        digest=orgs.digest(text),
        last_four=text.reveal()[-4:],
        created_at=now,
        created_by=created_by,
    )
    orgs.add_token(connection, token)
    return token, text
