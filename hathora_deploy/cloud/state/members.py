"""Members of organizations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import org_members

GrantedScopes = str | list[str]
"""The name of a role, or a list of scopes."""


@dataclass(frozen=True)
class MemberRecord:
    """A user in an organization. ``created_at`` is the moment of the invite."""

    org_id: str
    email: str
    scopes: GrantedScopes
    invited_by: str
    created_at: datetime
    joined_at: datetime


def add(connection: Connection, member: MemberRecord) -> None:
    connection.execute(insert(org_members).values(**asdict(member)))


def get(connection: Connection, org_id: str, email: str) -> MemberRecord | None:
    statement = select(org_members).where(_is(org_id, email))
    return rows.first(connection, statement, MemberRecord)


def list_of_org(connection: Connection, org_id: str) -> list[MemberRecord]:
    statement = select(org_members).where(org_members.c.org_id == org_id)
    order = (org_members.c.joined_at, org_members.c.email)
    return rows.every(connection, statement.order_by(*order), MemberRecord)


def list_of_user(connection: Connection, email: str) -> list[MemberRecord]:
    """The membership that the user has had longest comes first."""
    statement = select(org_members).where(org_members.c.email == email)
    order = (org_members.c.joined_at, org_members.c.org_id)
    return rows.every(connection, statement.order_by(*order), MemberRecord)


def change(connection: Connection, org_id: str, email: str, *, scopes: GrantedScopes) -> None:
    connection.execute(update(org_members).where(_is(org_id, email)).values(scopes=scopes))


def _is(org_id: str, email: str) -> ColumnElement[bool]:
    return and_(org_members.c.org_id == org_id, org_members.c.email == email)
