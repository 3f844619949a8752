"""The numbers that the first two versions of the API know builds by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, insert, select

from hathora_deploy.cloud.state.tables import LARGEST_INTEGER, build_numbers, builds


def give(connection: Connection, build_key: str) -> None:
    """Number a build, as every build is."""
    connection.execute(insert(build_numbers).values(build_key=build_key))


def give_all(connection: Connection, build_keys: Sequence[str]) -> None:
    """Number many, in their order."""
    connection.execute(insert(build_numbers), [{"build_key": key} for key in build_keys])


def number_of(connection: Connection, build_key: str) -> int:
    statement = select(build_numbers.c.number).where(build_numbers.c.build_key == build_key)
    number: int = connection.execute(statement).scalar_one()
    return number


def of_org(connection: Connection, org_id: str) -> Mapping[str, int]:
    """By the keys of an organization's builds."""
    statement = (
        select(build_numbers.c.build_key, build_numbers.c.number)
        .join(builds, builds.c.key == build_numbers.c.build_key)
        .where(builds.c.org_id == org_id)
    )
    return {row.build_key: row.number for row in connection.execute(statement)}


def key_of(connection: Connection, number: int) -> str | None:
    """The key of the build with a number, deleted or not."""
    if not 0 < number <= LARGEST_INTEGER:
        return None
    statement = select(build_numbers.c.build_key).where(build_numbers.c.number == number)
    key: str | None = connection.execute(statement).scalar_one_or_none()
    return key
