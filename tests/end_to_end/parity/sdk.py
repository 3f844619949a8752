"""The TypeScript SDK, in one Node process for as long as it is needed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from hathora_deploy.api.operation import Auth
from tests.end_to_end.parity.operations import OPERATIONS
from tests.end_to_end.parity.told import Call, Json, Refusal, Target, Told, Value

DRIVER = Path(__file__).parent / "driver.mjs"
PAUSE = {"initialInterval": 1, "maxInterval": 1, "exponent": 1, "maxElapsedTime": 10_000}
RETRIES = {"strategy": "backoff", "backoff": PAUSE}


class Sdk:
    """Calls functions of the SDK. ``functions`` holds all it has, by the operation each is of."""

    def __init__(self, folder: Path) -> None:
        self._node = subprocess.Popen(
            ["node", DRIVER],
            env={"PATH": os.environ["PATH"], "HATHORA_TS_SDK": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.functions: dict[str, str] = {}
        self.resources: dict[str, str] = {}
        for function, where in self._read().items():
            operation = where["method"][0].upper() + where["method"][1:]
            self.functions[operation] = function
            self.resources[operation] = where["resource"]

    def tell(self, target: Target, call: Call) -> Told:
        """What the SDK makes of a call."""
        shape = OPERATIONS[call.operation].shape
        named = [*shape.in_path, *shape.in_query]
        fields = dict(call.fields)
        files = {name: fields.pop(name) for name in shape.in_form if name in fields}
        request: dict[str, Json] = {
            "client": _options(target),
            "function": self.functions[call.operation],
            "named": {name: fields.pop(name, None) for name in named},
            "body": fields if shape.in_body or shape.in_form else None,
            "files": files,
        }
        if shape.auth is Auth.PLAYER:
            request["playerAuth"] = call.player_auth
        self._stdin.write(json.dumps(request) + "\n")
        self._stdin.flush()
        answer = self._read()
        if answer["ok"]:
            return Value(answer.get("value"))
        return Refusal(answer["error"], answer.get("statusCode"), answer["message"])

    def close(self) -> None:
        self._stdin.close()
        self._stdout.close()
        self._node.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _stdin(self) -> IO[str]:
        assert self._node.stdin is not None
        return self._node.stdin

    @property
    def _stdout(self) -> IO[str]:
        assert self._node.stdout is not None
        return self._node.stdout

    def _read(self) -> Any:
        line = self._stdout.readline()
        assert line, "Node has ended; what it said stands above"
        return json.loads(line)


def _options(target: Target) -> dict[str, Json]:
    options: dict[str, Json] = {
        "serverURL": target.endpoint,
        "hathoraDevToken": target.token,
        "appId": target.app_id,
        "orgId": target.org_id,
        "timeoutMs": None if target.timeout is None else int(target.timeout * 1000),
        "retryConfig": RETRIES if target.is_patient else None,
    }
    return {name: value for name, value in options.items() if value is not None}
