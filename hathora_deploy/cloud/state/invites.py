"""Invites to organizations: those that are not answered; an answer removes one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.members import GrantedScopes
from hathora_deploy.cloud.state.tables import org_invites


@dataclass(frozen=True)
class InviteRecord:
    """An invite; whoever has the email need not be a user yet."""

    org_id: str
    email: str
    scopes: GrantedScopes
    invited_by: str
    created_at: datetime


def put(connection: Connection, invite: InviteRecord) -> None:
    """Add it, in the place of an earlier one to the same email."""
    remove(connection, invite.org_id, invite.email)
    connection.execute(insert(org_invites).values(**asdict(invite)))


def get(connection: Connection, org_id: str, email: str) -> InviteRecord | None:
    statement = select(org_invites).where(_is(org_id, email))
    return rows.first(connection, statement, InviteRecord)


def list_of_org(connection: Connection, org_id: str) -> list[InviteRecord]:
    statement = select(org_invites).where(org_invites.c.org_id == org_id)
    order = (org_invites.c.created_at, org_invites.c.email)
    return rows.every(connection, statement.order_by(*order), InviteRecord)


def list_of_user(connection: Connection, email: str) -> list[InviteRecord]:
    statement = select(org_invites).where(org_invites.c.email == email)
    order = (org_invites.c.created_at, org_invites.c.org_id)
    return rows.every(connection, statement.order_by(*order), InviteRecord)


def change(connection: Connection, org_id: str, email: str, *, scopes: GrantedScopes) -> None:
    connection.execute(update(org_invites).where(_is(org_id, email)).values(scopes=scopes))


def remove(connection: Connection, org_id: str, email: str) -> None:
    connection.execute(delete(org_invites).where(_is(org_id, email)))


def _is(org_id: str, email: str) -> ColumnElement[bool]:
    return and_(org_invites.c.org_id == org_id, org_invites.c.email == email)
