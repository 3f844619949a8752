from __future__ import annotations

import asyncio

from hathora_deploy.cloud.turns import Turns


def test_of_one_key_only_so_many_are_worked_on_at_once_and_other_keys_do_not_wait() -> None:
    async def scenario() -> None:
        turns, open_up = Turns(2), asyncio.Event()
        inside: list[str] = []

        async def work(key: str) -> None:
            async with turns.taken(key):
                inside.append(key)
                await open_up.wait()

        greedy = [asyncio.create_task(work("greedy")) for _ in range(10)]
        await asyncio.sleep(0)
        modest = asyncio.create_task(work("modest"))
        await asyncio.sleep(0)

        assert sorted(inside) == ["greedy", "greedy", "modest"]
        assert turns.crowd("greedy") == 10
        open_up.set()
        await asyncio.gather(*greedy, modest)
        assert len(inside) == 11
        assert turns.crowd("greedy") == turns.crowd("modest") == 0

    asyncio.run(scenario())


def test_a_turn_is_given_back_by_whoever_is_cut_off_while_waiting_or_working() -> None:
    async def scenario() -> None:
        turns = Turns(1)

        async def work() -> None:
            async with turns.taken("key"):
                await asyncio.Event().wait()

        tasks = [asyncio.create_task(work()) for _ in range(3)]
        await asyncio.sleep(0)
        for task in reversed(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

        assert turns.crowd("key") == 0
        async with turns.taken("key"):
            assert turns.crowd("key") == 1

    asyncio.run(scenario())
