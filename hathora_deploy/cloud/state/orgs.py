"""Organizations and their tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import org_tokens, orgs
from hathora_deploy.secret import Secret

_FIND_TOKEN = select(org_tokens).where(
    org_tokens.c.digest == bindparam("digest"), org_tokens.c.revoked_at.is_(None)
)


@dataclass(frozen=True)
class OrgRecord:
    """An organization."""

    org_id: str
    name: str
    created_at: datetime
    default_fleet_id: str | None = None


@dataclass(frozen=True)
class OrgTokenRecord:
    """A token; of its text only a digest is kept. No ``scopes`` is all of them."""

    org_token_id: str
    org_id: str
    name: str
    digest: str
    last_four: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None = None
    scopes: list[str] | None = None


def digest(token: Secret) -> str:
    """What is kept of a token. Tokens are 256 random bits: a plain hash cannot be guessed back."""
    return hashlib.sha256(token.reveal().encode()).hexdigest()


def add_org(connection: Connection, org: OrgRecord) -> None:
    connection.execute(insert(orgs).values(**asdict(org)))


def get_org(connection: Connection, org_id: str) -> OrgRecord | None:
    return rows.first(connection, select(orgs).where(orgs.c.org_id == org_id), OrgRecord)


def list_orgs(connection: Connection, org_ids: Iterable[str]) -> list[OrgRecord]:
    statement = select(orgs).where(orgs.c.org_id.in_(list(org_ids)))
    return rows.every(connection, statement.order_by(orgs.c.created_at), OrgRecord)


def oldest_org(connection: Connection) -> OrgRecord | None:
    """The organization that the cloud was made with."""
    return rows.first(connection, select(orgs).order_by(orgs.c.created_at), OrgRecord)


def without_fleet(connection: Connection) -> list[OrgRecord]:
    """Those that were made before an organization began with a fleet."""
    statement = select(orgs).where(orgs.c.default_fleet_id.is_(None))
    return rows.every(connection, statement, OrgRecord)


def set_default_fleet(connection: Connection, org_id: str, fleet_id: str) -> None:
    connection.execute(
        update(orgs).where(orgs.c.org_id == org_id).values(default_fleet_id=fleet_id)
    )


def add_token(connection: Connection, token: OrgTokenRecord) -> None:
    connection.execute(insert(org_tokens).values(**asdict(token)))


def find_token(connection: Connection, digest: str) -> OrgTokenRecord | None:
    """The token of a digest, unless it is revoked."""
    return rows.find(connection, _FIND_TOKEN, OrgTokenRecord, digest=digest)


def get_token(connection: Connection, org_id: str, org_token_id: str) -> OrgTokenRecord | None:
    statement = select(org_tokens).where(
        org_tokens.c.org_id == org_id, org_tokens.c.org_token_id == org_token_id
    )
    return rows.first(connection, statement, OrgTokenRecord)


def list_tokens(connection: Connection, org_id: str) -> list[OrgTokenRecord]:
    statement = select(org_tokens).where(org_tokens.c.org_id == org_id)
    return rows.every(connection, statement.order_by(org_tokens.c.created_at), OrgTokenRecord)


def revoke_token(connection: Connection, org_token_id: str, now: datetime) -> None:
    connection.execute(
        update(org_tokens)
        .where(org_tokens.c.org_token_id == org_token_id, org_tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
