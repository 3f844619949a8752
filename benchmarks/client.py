"""Calls per second of the Python clients, next to those of the TypeScript SDK, on one cloud."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Self

from benchmarks.cloud import WarmCloud, warm_cloud
from benchmarks.figures import Figure, in_turn, table
from benchmarks.sdk import ABSENT, Cost, running_sdk, sdk_environ
from hathora_deploy.api.network import Region, TransportType
from hathora_deploy.client import AsyncHathoraCloud, HathoraCloud

OPERATIONS = ("GetApp", "GetLatestDeployment", "CreateRoom")
ROUNDS = 7
CALLS = 100
"""Calls in a sample."""
AT_ONCE = 16

Measures = Mapping[str, Callable[[], float]]
MakeCalls = Callable[[str, int, int], Cost]
"""What an operation costs, called so often, so many at once."""


def run() -> str:
    with warm_cloud() as cloud, ExitStack() as stack:
        client = _client_with_room(cloud)
        awaited = AsyncHathoraCloud(cloud.token, endpoint=cloud.endpoint, app_id=client.app_id)
        clients: dict[str, MakeCalls] = {
            "Python client": _PythonClient(client).cost,
            "Python client, async": stack.enter_context(_AsyncPythonClient(awaited)).cost,
        }
        environ = sdk_environ()
        if environ is not None:
            sdk = running_sdk(
                environ, endpoint=cloud.endpoint, token=cloud.token, app_id=str(client.app_id)
            )
            clients = {"TypeScript SDK": stack.enter_context(sdk).cost, **clients}
        return "\n\n".join(_tables(clients, "" if environ is not None else ABSENT))


def _tables(clients: dict[str, MakeCalls], note: str) -> Iterator[str]:
    for operation in OPERATIONS:
        for at_once, how in ((1, "one after another"), (AT_ONCE, f"{AT_ONCE} at once")):
            measures = {
                name: partial(_per_second, make, operation, at_once)
                for name, make in clients.items()
            }
            yield _table(f"{operation}, {how}", "/s", measures, note)
    measures = {name: partial(_cpu_of_a_call, make) for name, make in clients.items()}
    yield _table("CPU time of a client in a GetApp", "ms", measures, note)


def _table(title: str, unit: str, measures: Measures, note: str) -> str:
    for measure in measures.values():
        measure()  # opens the connections
    samples = in_turn(measures, ROUNDS)
    return table(title, [Figure(name, values, unit) for name, values in samples.items()], note)


def _per_second(make_calls: MakeCalls, operation: str, at_once: int) -> float:
    return CALLS / make_calls(operation, CALLS, at_once).wall


def _cpu_of_a_call(make_calls: MakeCalls) -> float:
    return make_calls("GetApp", CALLS, 1).cpu / CALLS * 1000


def _client_with_room(cloud: WarmCloud) -> HathoraCloud:
    """A client whose app has a process with place for every room of the benchmark."""
    cloud.deploy()
    client = HathoraCloud(cloud.token, endpoint=cloud.endpoint)
    client.app_id = client.apps_v2.get_apps().applications[0].app_id
    client.deployments_v3.create_deployment(
        build_id=client.deployments_v3.get_latest_deployment().build_id,
        idle_timeout_enabled=False,
        env=[],
        rooms_per_process=10_000,
        transport_type=TransportType.UDP,
        container_port=7777,
        requested_memory_mb=1024,
        requested_cpu=0.5,
    )
    client.rooms_v2.create_room(region=Region.TOKYO)
    return client


class _PythonClient:
    """The client that blocks; calls at once come from threads that share it."""

    def __init__(self, client: HathoraCloud) -> None:
        self._operations: dict[str, Callable[[], object]] = {
            "GetApp": lambda: client.apps_v2.get_app(),
            "GetLatestDeployment": lambda: client.deployments_v3.get_latest_deployment(),
            "CreateRoom": lambda: client.rooms_v2.create_room(
                region=Region.TOKYO, room_config="{}"
            ),
        }

    def cost(self, operation: str, calls: int, at_once: int) -> Cost:
        call = self._operations[operation]
        start, cpu = time.perf_counter(), time.process_time()
        if at_once == 1:
            for _ in range(calls):
                call()
        else:
            with ThreadPoolExecutor(at_once) as threads:
                for future in [threads.submit(call) for _ in range(calls)]:
                    future.result()
        return Cost(time.perf_counter() - start, time.process_time() - cpu)


class _AsyncPythonClient:
    """The client whose calls are awaited; calls at once come from tasks."""

    def __init__(self, client: AsyncHathoraCloud) -> None:
        self._runner = asyncio.Runner()
        self._operations: dict[str, Callable[[], Awaitable[object]]] = {
            "GetApp": lambda: client.apps_v2.get_app(),
            "GetLatestDeployment": lambda: client.deployments_v3.get_latest_deployment(),
            "CreateRoom": lambda: client.rooms_v2.create_room(
                region=Region.TOKYO, room_config="{}"
            ),
        }
        self._client = client

    def cost(self, operation: str, calls: int, at_once: int) -> Cost:
        start, cpu = time.perf_counter(), time.process_time()
        self._runner.run(_repeated(self._operations[operation], calls, at_once))
        return Cost(time.perf_counter() - start, time.process_time() - cpu)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._client.close())
        self._runner.close()


async def _repeated(call: Callable[[], Awaitable[object]], calls: int, at_once: int) -> None:
    left = iter(range(calls))

    async def repeat() -> None:
        for _ in left:
            await call()

    await asyncio.gather(*(repeat() for _ in range(at_once)))
