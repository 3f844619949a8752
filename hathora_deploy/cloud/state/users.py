"""Users and their tokens."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from hathora_deploy.cloud.state import rows
from hathora_deploy.cloud.state.tables import org_members, user_tokens, users


@dataclass(frozen=True)
class UserRecord:
    """A person, known by an email address in lower case."""

    email: str
    created_at: datetime
    last_login_at: datetime | None = None


@dataclass(frozen=True)
class UserTokenRecord:
    """A token of a user; of its text only a digest is kept."""

    digest: str
    email: str
    created_at: datetime
    revoked_at: datetime | None = None


def add(connection: Connection, user: UserRecord) -> None:
    connection.execute(insert(users).values(**asdict(user)))


def get(connection: Connection, email: str) -> UserRecord | None:
    return rows.first(connection, select(users).where(users.c.email == email), UserRecord)


def list_all(connection: Connection) -> list[UserRecord]:
    return rows.every(connection, select(users).order_by(users.c.email), UserRecord)


def list_of_org(connection: Connection, org_id: str) -> list[UserRecord]:
    statement = select(users).join(org_members).where(org_members.c.org_id == org_id)
    return rows.every(connection, statement, UserRecord)


def find_by_token(connection: Connection, digest: str) -> UserRecord | None:
    """Whose token it is, unless it is revoked."""
    statement = (
        select(users)
        .join(user_tokens)
        .where(user_tokens.c.digest == digest, user_tokens.c.revoked_at.is_(None))
    )
    return rows.first(connection, statement, UserRecord)


def note_login(connection: Connection, email: str, now: datetime) -> None:
    connection.execute(update(users).where(users.c.email == email).values(last_login_at=now))


def remove(connection: Connection, email: str) -> None:
    """The user, the tokens and every membership."""
    for table in (user_tokens, org_members, users):
        connection.execute(delete(table).where(table.c.email == email))


def add_token(connection: Connection, token: UserTokenRecord) -> None:
    connection.execute(insert(user_tokens).values(**asdict(token)))


def good_tokens(connection: Connection) -> list[UserTokenRecord]:
    """Those of every user that are not revoked."""
    statement = select(user_tokens).where(user_tokens.c.revoked_at.is_(None))
    return rows.every(connection, statement, UserTokenRecord)


def revoke_tokens(connection: Connection, email: str, now: datetime) -> int:
    """Revoke all of a user's; how many were good."""
    result = connection.execute(
        update(user_tokens)
        .where(user_tokens.c.email == email, user_tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return result.rowcount
