"""What players ask again and again is kept, and never told once it is no longer so."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Table, insert, select, update
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from hathora_deploy.cloud.answers import KeptAnswers
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.state.tables import apps, processes, room_allocations, rooms


class Endpoint:
    """Counts how often it is asked."""

    def __init__(self, status: int = 200) -> None:
        self.asked = 0
        self._status = status

    async def __call__(self, request: Request) -> Response:
        self.asked += 1
        return PlainTextResponse(f"{request.url.path} {self.asked}", status_code=self._status)


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open_sqlite(tmp_path_factory.mktemp("store") / "cloud.db")


def ask(answers: KeptAnswers, path: str = "/room") -> bytes:
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    scope |= {"server": ("127.0.0.1", 80), "scheme": "http", "root_path": ""}
    return bytes(asyncio.run(answers.answer(Request(scope))).body)


def test_an_answer_is_kept_for_its_path(store: Store) -> None:
    endpoint = Endpoint()
    answers = KeptAnswers(endpoint, moves=store.moves)

    assert [ask(answers) for _ in range(3)] == [b"/room 1"] * 3
    assert ask(answers, "/other") == b"/other 2"


def test_a_refusal_is_not_kept(store: Store) -> None:
    answers = KeptAnswers(Endpoint(404), moves=store.moves)

    assert [ask(answers), ask(answers)] == [b"/room 1", b"/room 2"]


@pytest.mark.parametrize("table", [rooms, room_allocations, processes], ids=str)
def test_nothing_is_kept_beyond_a_change_of_what_was_told(store: Store, table: Table) -> None:
    answers = KeptAnswers(Endpoint(), moves=store.moves)
    ask(answers)

    with store.write() as connection:
        connection.execute(update(table).values({next(iter(table.c)).name: "other"}))

    assert ask(answers) == b"/room 2"


def test_what_no_player_was_told_of_changes_nothing(store: Store) -> None:
    answers = KeptAnswers(Endpoint(), moves=store.moves)
    ask(answers)

    with store.read() as connection:
        connection.execute(select(rooms))
    with store.write() as connection:
        connection.execute(update(apps).values(name="other"))
        connection.execute(insert(rooms).from_select(["room_id"], select(apps.c.app_id)))

    assert ask(answers) == b"/room 1"


def test_an_answer_that_was_looked_up_while_something_moved_is_not_kept(store: Store) -> None:
    class Slow(Endpoint):
        async def __call__(self, request: Request) -> Response:
            response = await super().__call__(request)
            with store.write() as connection:
                connection.execute(update(rooms).values(status="destroyed"))
            return response

    answers = KeptAnswers(Slow(), moves=store.moves)

    assert [ask(answers), ask(answers)] == [b"/room 1", b"/room 2"]


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
