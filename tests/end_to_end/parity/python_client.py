"""The Python client, called as the SDK is."""

from __future__ import annotations

import io
import re
from types import TracebackType
from typing import Any, Self

from hathora_deploy.api.errors import ApiError, RequestValidationError, ResponseValidationError
from hathora_deploy.api.operation import Auth, Shape
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import ConnectionError, RequestTimeoutError
from hathora_deploy.client.stream import Stream
from hathora_deploy.errors import HathoraError
from tests.end_to_end.parity.operations import OPERATIONS
from tests.end_to_end.parity.told import Call, Refusal, Target, Told, Value

KINDS: tuple[type[HathoraError], ...] = (
    ApiError,
    RequestValidationError,
    ResponseValidationError,
    ConnectionError,
    RequestTimeoutError,
)


class PythonClient:
    """Calls methods of the Python client by the names that the SDK has for them, in snake_case."""

    def __init__(self, resources: dict[str, str]) -> None:
        self._resources = resources
        self._clouds: dict[Target, HathoraCloud] = {}

    def tell(self, target: Target, call: Call) -> Told:
        """What the client makes of a call."""
        shape = OPERATIONS[call.operation].shape
        resource = getattr(self._cloud(target), snake_case(self._resources[call.operation]))
        method = getattr(resource, snake_case(call.operation))
        player = [call.player_auth] if shape.auth is Auth.PLAYER else []
        try:
            return Value(_json(shape, method(*player, **_arguments(shape, call))))
        except HathoraError as error:
            return _refusal(error)

    def close(self) -> None:
        for cloud in self._clouds.values():
            cloud.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _cloud(self, target: Target) -> HathoraCloud:
        if target not in self._clouds:
            self._clouds[target] = HathoraCloud(
                target.token,
                app_id=target.app_id,
                org_id=target.org_id,
                endpoint=target.endpoint,
            )
        return self._clouds[target]


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _arguments(shape: Shape, call: Call) -> dict[str, Any]:
    names = {**shape.in_path, **shape.in_query, **shape.in_body, **shape.in_form}
    files = {
        name: io.BytesIO(call.fields[name].encode())
        for name in shape.in_form
        if name in call.fields
    }
    return {names[name]: value for name, value in {**call.fields, **files}.items()}


def _json(shape: Shape, result: Any) -> Any:
    if isinstance(result, Stream):
        with result:
            return result.read().decode()
    return shape.result_adapter.dump_python(result, mode="json")


def _refusal(error: HathoraError) -> Refusal:
    kind = next((each for each in KINDS if isinstance(error, each)), type(error))
    status = error.status if isinstance(error, ApiError) else None
    return Refusal(kind.__name__, status, error.message)
