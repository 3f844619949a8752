"""Who asks, and where it may do what it asks for: tokens to callers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from hathora_deploy.api.errors import InternalServerError, Unauthorized
from hathora_deploy.api.tokens import Scope
from hathora_deploy.cloud import ids
from hathora_deploy.cloud.permissions import Scopes, scopes_of
from hathora_deploy.cloud.state import members, orgs, users
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.state.users import UserRecord
from hathora_deploy.secret import Secret

_LOGIN_PRECISION: Final = timedelta(hours=1)
"""How exactly the last login of a user is known: a call is no reason to write."""


@dataclass(frozen=True)
class Caller:
    """Whoever makes a call, and the organizations it may touch."""

    name: str
    """For the ``createdBy`` of what the caller makes."""
    grants: Mapping[str, Scopes] = field(default_factory=dict)
    """What it may do, by the organizations it belongs to; a user's first is the oldest membership."""
    email: str | None = None
    """Of a user; the token of an organization has none."""
    needed: Scope | None = None
    """The scope that the call needs, if any."""
    described: str = "anybody"
    """For the audit log: what kind of caller it is, and who."""

    def calling(self, needed: Scope | None) -> Caller:
        """This caller in a call that needs a scope. Raises Unauthorized if it has it nowhere."""
        caller = replace(self, needed=needed)
        if needed is not None and not caller.org_ids:
            raise _missing(needed)
        return caller

    @property
    def org_ids(self) -> list[str]:
        """The organizations that this call may touch."""
        return [org_id for org_id in self.grants if self._is_granted(org_id)]

    def reaches(self, org_id: str) -> bool:
        """Whether this call may touch an organization.

        Raises Unauthorized where the caller belongs to it, and lacks the scope there.
        """
        if org_id not in self.grants:
            return False
        if self.needed is not None and not self._is_granted(org_id):
            raise _missing(self.needed, f" in organization {org_id}")
        return True

    def _is_granted(self, org_id: str) -> bool:
        return self.needed is None or self.needed in self.grants[org_id]


ANYBODY = Caller(name="anybody")
"""Caller of the operations that need no token."""


def authenticate(store: Store, authorization: Sequence[str], *, now: datetime) -> Caller:
    """The caller of a request's ``Authorization`` headers. Raises Unauthorized."""
    digest = orgs.digest(bearer_token(authorization))
    with store.read() as connection:
        token = orgs.find_token(connection, digest)
        if token is not None:
            return Caller(
                name=token.name,
                grants={token.org_id: scopes_of(token.scopes)},
                described=f"token {token.name} ({token.org_token_id})",
            )
        user = users.find_by_token(connection, digest)
        if user is None:
            raise Unauthorized("the token is not one of this cloud's, or it was revoked")
        joined = members.list_of_user(connection, user.email)
    _note_login(store, user, now)
    grants = {member.org_id: scopes_of(member.scopes) for member in joined}
    return Caller(name=user.email, grants=grants, email=user.email, described=f"user {user.email}")


def issue_token(
    connection: Connection,
    *,
    org_id: str,
    name: str,
    created_by: str,
    now: datetime,
    scopes: list[str] | None = None,
) -> tuple[orgs.OrgTokenRecord, Secret]:
    """A new token of an organization and its text, which is kept nowhere. No ``scopes`` is all."""
    text = Secret(ids.new_org_token())
    token = orgs.OrgTokenRecord(
        org_token_id=ids.new_org_token_id(),
        org_id=org_id,
        name=name,
        digest=orgs.digest(text),
        last_four=text.reveal()[-4:],
        created_at=now,
        created_by=created_by,
        scopes=scopes,
    )
    orgs.add_token(connection, token)
    return token, text


def issue_user_token(connection: Connection, email: str, now: datetime) -> Secret:
    """The text of a new token of a user, which is kept nowhere."""
    text = Secret(ids.new_user_token())
    users.add_token(connection, users.UserTokenRecord(orgs.digest(text), email, now))
    return text


def bearer_token(authorization: Sequence[str]) -> Secret:
    """The token in a request's ``Authorization`` headers. Raises Unauthorized."""
    if len(authorization) > 1:
        # Which of them counts, a proxy and this cloud might see differently.
        raise Unauthorized("there are several Authorization headers: send one")
    scheme, _, text = "".join(authorization).partition(" ")
    if not text.strip(" ") or scheme.lower() != "bearer":
        raise Unauthorized("this call needs a token: Authorization: Bearer <token>")
    return Secret(text.strip(" "))


def _missing(scope: Scope, where: str = "") -> Unauthorized:
    return Unauthorized(f"the token lacks the scope {scope}{where}")


def _note_login(store: Store, user: UserRecord, now: datetime) -> None:
    if user.last_login_at is not None and now - user.last_login_at < _LOGIN_PRECISION:
        return
    # A disk that is full is no reason to refuse a call that only reads.
    with suppress(InternalServerError), store.write() as connection:
        users.note_login(connection, user.email, now)
