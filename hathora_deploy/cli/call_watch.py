"""Tells somebody at a terminal, or who reads a log, that a cloud has not answered yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from hathora_deploy.cli.output import Output
from hathora_deploy.cli.silence import Silence

if TYPE_CHECKING:
    from hathora_deploy.client.hooks import Hooks
    from hathora_deploy.client.message import Request, Response
    from hathora_deploy.errors import HathoraError

_PASSING: Final = (429, 500, 502, 503, 504)
"""Statuses after which a client may ask again: nothing has been answered yet."""


class CallWatch:
    """Watches the calls of a client that has its ``hooks``, also while one is about to be repeated."""

    def __init__(self, endpoint: str, output: Output) -> None:
        self._endpoint = endpoint
        self._output = output
        self._silence = Silence(self._tell)
        self._is_waiting = False

    def hooks(self) -> Hooks:
        """What the client is to call."""
        from hathora_deploy.client.hooks import Hooks

        return Hooks(
            before_request=(self._asked,),
            after_response=(self._answered,),
            on_error=(self._failed,),
        )

    def __enter__(self) -> Self:
        self._silence.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._silence.__exit__(*error)

    def _asked(self, request: Request) -> None:
        if not self._is_waiting:
            self._silence.news()
            self._is_waiting = True

    def _answered(self, response: Response, request: Request) -> None:
        self._is_waiting = response.status in _PASSING

    def _failed(self, error: HathoraError, request: Request) -> None:
        self._is_waiting = True

    def _tell(self, seconds: float) -> None:
        if self._is_waiting:
            self._output.say(f"  waiting   for {self._endpoint} to answer, {seconds:.0f} s so far")
