"""What players ask again and again is kept, and never told once it is no longer so."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Table, insert, select, update
from starlette.responses import PlainTextResponse, Response

from hathora_deploy.cloud.answers import KeptAnswers
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.state.tables import apps, processes, room_allocations, rooms


class Look:
    """Counts how often it is asked."""

    def __init__(self, status: int = 200) -> None:
        self.asked = 0
        self._status = status

    async def __call__(self) -> Response:
        self.asked += 1
        return PlainTextResponse(str(self.asked), status_code=self._status)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open_sqlite(tmp_path / "cloud.db")


def ask(answers: KeptAnswers, look: Look, path: str = "/room") -> bytes:
    return bytes(asyncio.run(answers.answer(path, look)).body)


def test_an_answer_is_kept_for_its_path(store: Store) -> None:
    answers, look = KeptAnswers(store.moves), Look()

    assert [ask(answers, look) for _ in range(3)] == [b"1"] * 3
    assert ask(answers, look, "/other") == b"2"


def test_a_refusal_is_not_kept(store: Store) -> None:
    answers, look = KeptAnswers(store.moves), Look(404)

    assert [ask(answers, look), ask(answers, look)] == [b"1", b"2"]


@pytest.mark.parametrize("table", [rooms, room_allocations, processes], ids=str)
def test_nothing_is_kept_beyond_a_change_of_what_was_told(store: Store, table: Table) -> None:
    answers, look = KeptAnswers(store.moves), Look()
    ask(answers, look)

    with store.write() as connection:
        connection.execute(update(table).values({next(iter(table.c)).name: "other"}))

    assert ask(answers, look) == b"2"


def test_what_no_player_was_told_of_changes_nothing(store: Store) -> None:
    answers, look = KeptAnswers(store.moves), Look()
    ask(answers, look)

    with store.read() as connection:
        connection.execute(select(rooms))
    with store.write() as connection:
        connection.execute(update(apps).values(name="other"))
        connection.execute(insert(rooms).from_select(["room_id"], select(apps.c.app_id)))

    assert ask(answers, look) == b"1"


def test_an_answer_that_was_looked_up_while_something_moved_is_not_kept(store: Store) -> None:
    class Slow(Look):
        async def __call__(self) -> Response:
            response = await super().__call__()
            with store.write() as connection:
                connection.execute(update(rooms).values(status="destroyed"))
            return response

    answers, look = KeptAnswers(store.moves), Slow()

    assert [ask(answers, look), ask(answers, look)] == [b"1", b"2"]


def test_a_change_that_is_taken_back_is_forgotten(store: Store) -> None:
    def fail() -> None:
        with store.write() as connection:
            connection.execute(update(rooms).values(status="destroyed"))
            connection.execute(insert(rooms).values(room_id="room"))  # which must have more

    with pytest.raises(Exception, match="NOT NULL"):
        fail()

    settled = store.moves.count
    with store.read() as connection:
        connection.execute(select(rooms))
    assert store.moves.count == settled
