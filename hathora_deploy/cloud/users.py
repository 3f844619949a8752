"""What whoever runs a cloud does with its users. It needs the cloud's folder, not a cloud that runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from hathora_deploy.api.orgs import UserRole
from hathora_deploy.cloud import email_address
from hathora_deploy.cloud.database import opened
from hathora_deploy.cloud.errors import CloudError
from hathora_deploy.cloud.identity import issue_user_token
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import audit, invites, members, orgs, users
from hathora_deploy.cloud.state.audit import AuditRecord
from hathora_deploy.cloud.state.members import GrantedScopes, MemberRecord
from hathora_deploy.cloud.state.users import UserRecord
from hathora_deploy.secret import Secret

_OPERATOR: Final = "operator"
"""Who has invited the members that are made here."""


@dataclass(frozen=True)
class User:
    """A user, as the operator sees one."""

    email: str
    created_at: datetime
    last_login_at: datetime | None
    scopes: dict[str, GrantedScopes]
    """A role, or a list of scopes, by the id of the organization."""
    good_tokens: int


def list_users(settings: CloudSettings) -> list[User]:
    """By their email addresses. Raises CloudError."""
    with opened(settings) as store, store.read() as connection:
        tokens = Counter(token.email for token in users.good_tokens(connection))
        return [
            User(
                email=user.email,
                created_at=user.created_at,
                last_login_at=user.last_login_at,
                scopes={
                    member.org_id: member.scopes
                    for member in members.list_of_user(connection, user.email)
                },
                good_tokens=tokens[user.email],
            )
            for user in users.list_all(connection)
        ]


def add_user(settings: CloudSettings, email: str, role: UserRole | None) -> Secret:
    """The text of a new token of the user, who is made if there is none. Raises CloudError.

    With a role, the user is a member of the cloud's organization, and has that role there.
    """
    address = email_address.canonical(email)
    if address is None:
        raise CloudError("this is no email address", hint="write it as name@example.com")
    now = datetime.now(UTC)
    with opened(settings) as store, store.write() as connection:
        if users.get(connection, address) is None:
            users.add(connection, UserRecord(address, now))
        if role is not None:
            _make_member(connection, address, role, now)
        _tell(connection, "AddUser", address, now)
        return issue_user_token(connection, address, now)


def revoke_tokens(settings: CloudSettings, email: str) -> int:
    """Revoke all tokens of a user, at once; how many there were. Raises CloudError."""
    now = datetime.now(UTC)
    with opened(settings) as store, store.write() as connection:
        address = _known(connection, email)
        _tell(connection, "RevokeUserTokens", address, now)
        return users.revoke_tokens(connection, address, now)


def remove_user(settings: CloudSettings, email: str) -> None:
    """The user, with every token and membership. What the user has made stays. Raises CloudError."""
    with opened(settings) as store, store.write() as connection:
        address = _known(connection, email)
        _tell(connection, "RemoveUser", address, datetime.now(UTC))
        users.remove(connection, address)


def _make_member(connection: Connection, email: str, role: UserRole, now: datetime) -> None:
    org = orgs.oldest_org(connection)
    if org is None:
        raise CloudError("the cloud has no organization yet", hint="hathora-deploy cloud start")
    if members.get(connection, org.org_id, email) is not None:
        members.change(connection, org.org_id, email, scopes=str(role))
        return
    # Nobody is a member and invited too.
    invites.remove(connection, org.org_id, email)
    members.add(connection, MemberRecord(org.org_id, email, str(role), _OPERATOR, now, now))


def _tell(connection: Connection, what: str, email: str, now: datetime) -> None:
    """For the audit log: nobody called, and the status is that of a call that went well."""
    subject = {"userEmail": email}
    audit.add(connection, [AuditRecord(now, None, _OPERATOR, what, subject, 200, "-")])


def _known(connection: Connection, email: str) -> str:
    address = email_address.canonical(email)
    if address is None or users.get(connection, address) is None:
        raise CloudError(f"there is no user {email}", hint="hathora-deploy cloud users")
    return address
