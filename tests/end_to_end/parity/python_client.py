"""The Python client in both of its modes, called as the SDK is."""

from __future__ import annotations

import asyncio
import io
import re
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from hathora_deploy.api.errors import ApiError, RequestValidationError, ResponseValidationError
from hathora_deploy.api.operation import Auth, Shape
from hathora_deploy.client import AsyncHathoraCloud, HathoraCloud, RetryPolicy
from hathora_deploy.client.async_stream import AsyncStream
from hathora_deploy.client.errors import ConnectionError, RequestTimeoutError
from hathora_deploy.client.options import Settings
from hathora_deploy.client.stream import Stream
from hathora_deploy.errors import HathoraError
from tests.end_to_end.parity.operations import OPERATIONS
from tests.end_to_end.parity.told import Call, Json, Refusal, Target, Told, Value

KINDS: tuple[type[HathoraError], ...] = (
    ApiError,
    RequestValidationError,
    ResponseValidationError,
    ConnectionError,
    RequestTimeoutError,
)

CloudT = TypeVar("CloudT", HathoraCloud, AsyncHathoraCloud)


class _Client(Generic[CloudT]):
    """Calls methods by the names that the SDK has for them, in snake_case."""

    def __init__(self, resources: dict[str, str]) -> None:
        self._resources = resources
        self._clouds: dict[Target, CloudT] = {}

    def tell(self, target: Target, call: Call) -> Told:
        """What the client makes of a call."""
        shape = OPERATIONS[call.operation].shape
        if target not in self._clouds:
            self._clouds[target] = self._open(target)
        resource = getattr(self._clouds[target], snake_case(self._resources[call.operation]))
        method = getattr(resource, snake_case(call.operation))
        player = [call.player_auth] if shape.auth is Auth.PLAYER else []
        try:
            result = self._result(method(*player, **_arguments(shape, call)))
        except HathoraError as error:
            return _refusal(error)
        if shape.is_stream:
            return Value(result.decode())
        return Value(shape.result_adapter.dump_python(result, mode="json"))

    def close(self) -> None:
        raise NotImplementedError

    def _open(self, target: Target) -> CloudT:
        raise NotImplementedError

    def _result(self, returned: Any) -> Any:
        """What a method has returned; of a stream, all its bytes."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class PythonClient(_Client[HathoraCloud]):
    """The client that blocks."""

    def close(self) -> None:
        for cloud in self._clouds.values():
            cloud.close()

    def _open(self, target: Target) -> HathoraCloud:
        return HathoraCloud(target.token, **_settings(target))

    def _result(self, returned: Any) -> Any:
        if isinstance(returned, Stream):
            with returned:
                return returned.read()
        return returned


class AsyncPythonClient(_Client[AsyncHathoraCloud]):
    """The client whose calls are awaited, one at a time."""

    def __init__(self, resources: dict[str, str]) -> None:
        super().__init__(resources)
        self._runner = asyncio.Runner()

    def close(self) -> None:
        for cloud in self._clouds.values():
            self._runner.run(cloud.close())
        self._runner.close()

    def _open(self, target: Target) -> AsyncHathoraCloud:
        return AsyncHathoraCloud(target.token, **_settings(target))

    def _result(self, returned: Any) -> Any:
        return self._runner.run(_awaited(returned))


async def _awaited(returned: Any) -> Any:
    result = await returned
    if isinstance(result, AsyncStream):
        async with result:
            return await result.read()
    return result


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _settings(target: Target) -> Settings:
    settings: Settings = {
        "endpoint": target.endpoint,
        "app_id": target.app_id,
        "org_id": target.org_id,
    }
    if target.timeout is not None:
        settings["timeout"] = target.timeout
    if target.is_patient:
        settings["retries"] = RetryPolicy(initial_interval=0.001, max_interval=0.001)
    return settings


def _arguments(shape: Shape, call: Call) -> dict[str, Any]:
    names = {**shape.in_path, **shape.in_query, **shape.in_body, **shape.in_form}
    given: dict[str, Json] = dict(call.fields)
    for name in shape.in_form:
        if name in given:
            given[name] = io.BytesIO(given[name].encode())
    return {names[name]: value for name, value in given.items()}


def _refusal(error: HathoraError) -> Refusal:
    kind = next((each for each in KINDS if isinstance(error, each)), type(error))
    status = error.status if isinstance(error, ApiError) else None
    return Refusal(kind.__name__, status, error.message)
