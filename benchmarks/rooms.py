"""Rooms: created into a process that runs, with and without a history; found by players; started with a process."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import load
from benchmarks.bare import bare_server
from benchmarks.cloud import WarmCloud, warm_cloud
from benchmarks.figures import in_turn
from benchmarks.load import Load
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.state.tables import room_allocations, rooms

ROUNDS = 5
SECONDS = 3.0
CREATORS = 4
PLAYERS = 8
HISTORY = 100_000
FULL = 10_000
"""Rooms that a process takes at most."""


def run() -> str:
    with ExitStack() as stack:
        fresh, aged = (stack.enter_context(warm_cloud()) for _ in range(2))
        for cloud in (fresh, aged):
            _deploy(cloud)
        _give_history(aged)
        created = in_turn(
            {"none": lambda: _create(fresh), f"{HISTORY:,}": lambda: _create(aged)}, ROUNDS
        )
        room = _room(aged)
        bare = stack.enter_context(bare_server(_answer(room)))
        asked = in_turn(
            {
                "a bare Starlette route": lambda: _ask(bare),
                "connection info": lambda: _ask(room),
            },
            ROUNDS,
        )
    return "\n\n".join(
        (
            _table(
                f"Rooms created into running processes, {CREATORS} callers, by rooms of history",
                created,
                "goals: 300 a second, p99 under 25 ms; with a history at most 1.2 times as slow",
            ),
            _table(
                f"Connection info, {PLAYERS} callers at once, with {HISTORY:,} rooms of history",
                asked,
                "goal: at least 0.60 of the bare route",
            ),
        )
    )


def _client(cloud: WarmCloud) -> HathoraCloud:
    client = HathoraCloud(cloud.token, endpoint=cloud.endpoint)
    app_id = client.apps_v2.get_apps().applications[0].app_id
    return client.with_options(app_id=app_id)


def _deploy(cloud: WarmCloud) -> None:
    """The example, with as many processes as all rounds fill."""
    cloud.deploy("--rooms-per-process", str(FULL), "--region", "Seattle")
    with _client(cloud) as client:
        for _ in range(2):
            client.processes_v3.create_process(region=Region.SEATTLE)
        while (
            client.processes_v3.get_processes_count_experimental(
                status=[ProcessStatus.RUNNING]
            ).count
            < 3
        ):
            time.sleep(0.1)


def _give_history(cloud: WarmCloud) -> None:
    """Rooms that were played in and are gone, in the process that has the most."""
    now = datetime.now(UTC)
    with _client(cloud) as client:
        process = client.processes_v3.get_latest_processes()[-1]
    store = Store.open_sqlite(CloudSettings(Path(cloud.environ["HATHORA_DATA_DIR"])).database_file)
    ids = [f"history-{number}" for number in range(HISTORY)]
    with store.write() as connection:
        connection.execute(
            rooms.insert(),
            [
                {
                    "room_id": room_id,
                    "app_id": process.app_id,
                    "deployment_id": process.deployment_id,
                    "region": process.region,
                    "status": "destroyed",
                    "created_at": now,
                }
                for room_id in ids
            ],
        )
        connection.execute(
            room_allocations.insert(),
            [
                {
                    "room_allocation_id": f"allocation-of-{room_id}",
                    "room_id": room_id,
                    "process_id": process.process_id,
                    "scheduled_at": now,
                    "unscheduled_at": now,
                }
                for room_id in ids
            ],
        )
    store.close()


def _create(cloud: WarmCloud) -> Load:
    with _client(cloud) as client:
        url = f"{cloud.endpoint}/rooms/v2/{client.app_id}/create"
    return load.send(
        url,
        method="POST",
        token=cloud.token,
        body=json.dumps({"region": "Seattle"}).encode(),
        seconds=SECONDS,
        connections=CREATORS,
    )


def _room(cloud: WarmCloud) -> str:
    """The URL at which players ask where a room is."""
    with _client(cloud) as client:
        room = client.rooms_v2.create_room(region=Region.SEATTLE)
        return f"{cloud.endpoint}/rooms/v2/{client.app_id}/connectioninfo/{room.room_id}"


def _answer(url: str) -> bytes:
    import requests

    return requests.get(url, timeout=10).content


def _ask(url: str) -> Load:
    return load.send(url, seconds=SECONDS, connections=PLAYERS)


def _table(title: str, loads: dict[str, list[Load]], goal: str) -> str:
    first = next(iter(loads.values()))
    width = max(map(len, loads))
    lines = [
        f"{title}, {os.cpu_count()} cores",
        f"  {'':{width}}  {'a second':>8}  {'p50 ms':>7}  {'p99 ms':>7}  {'rate':>5}  {'min … max':>11}",
    ]
    for name, taken in loads.items():
        rates = [each.rate / one.rate for each, one in zip(taken, first, strict=True)]
        lines.append(
            f"  {name:{width}}  {_median([each.rate for each in taken]):>8.0f}"
            f"  {_median([each.median for each in taken]) * 1000:>7.1f}"
            f"  {_median([each.p99 for each in taken]) * 1000:>7.1f}"
            f"  {_median(rates):>5.2f}  {min(rates):>4.2f} … {max(rates):>4.2f}"
        )
    return "\n".join([*lines, f"  {goal}"])


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)
