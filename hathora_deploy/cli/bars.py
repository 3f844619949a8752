"""A deploy as people follow it on a terminal: a bar where one can wait, on stderr."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any, Final

from hathora_deploy.cli.output import Output
from hathora_deploy.cli.progress import LineReporter, answer
from hathora_deploy.cli.silence import FIRST

if TYPE_CHECKING:
    from hathora_deploy.api.network import ExposedPort, Region
    from hathora_deploy.pipeline.verification import Verified

BAR_DELAY: Final = 0.2
"""Seconds that a stage lasts before it gets a bar."""
_SILENT: Final = "silent"
"""The name of the line of a stage that has no news."""
_AFTER_READING: Final = frozenset({"reuse", "package", "upload"})
"""The stages at which all files have been read, which no line says."""


class BarReporter(LineReporter):
    """The same stages, with a bar where one can wait; an archive may be packed and uploaded at once."""

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self._bars: dict[str, Any] = {}
        self._screen = threading.RLock()

    def verifying(self, process_id: str, region: Region) -> None:
        self._waiting("verify", f"process {process_id} starts in {region}")

    def answered(self, seconds: float, stay: float) -> None:
        self._waiting("verify", answer(seconds, stay))

    def verified(self, verified: Verified) -> None:
        self.close()
        super().verified(verified)

    def room_starting(self, room_id: str, region: Region) -> None:
        self._waiting("room", f"{room_id} starts in {region}")

    def close(self) -> None:
        with self._screen:
            for name in list(self._bars):
                self._bars.pop(name).close()

    def room_running(self, room_id: str, region: Region, address: ExposedPort) -> None:
        super().room_running(room_id, region, address)
        self.close()

    def _begin(self, name: str, total_bytes: int | None) -> None:
        from hathora_deploy.cli.byte_bar import GROWING, KNOWN, ByteBar

        super()._begin(name, total_bytes)
        with self._screen:
            self._end_with(name)
            self._bars[name] = ByteBar(
                total=total_bytes,
                delay=BAR_DELAY,
                leave=False,
                file=sys.stderr,
                dynamic_ncols=True,
                position=len(self._bars),
                bar_format=KNOWN if total_bytes is not None else GROWING,
                desc=f"  {name:<8}",
            )

    def _resize(self, name: str, total_bytes: int) -> None:
        from hathora_deploy.cli.byte_bar import KNOWN

        super()._resize(name, total_bytes)
        with self._screen:
            if name in self._bars:
                self._bars[name].total = total_bytes
                self._bars[name].bar_format = KNOWN

    def _advance(self, name: str, delta_bytes: int) -> None:
        self._silence.news()
        with self._screen:
            if name in self._bars:
                self._bars[name].update(delta_bytes)

    def _stage(self, name: str, what: str) -> None:
        with self._screen:
            self._end_with(name)
            self._end(_SILENT)
            super()._stage(name, what)

    def _end_with(self, name: str) -> None:
        self._end(name)
        if name in _AFTER_READING:
            self._end("read")

    def _end(self, name: str) -> None:
        bar = self._bars.pop(name, None)
        if bar is not None:
            bar.close()

    def _waiting(self, name: str, what: str) -> None:
        """A line that the next one takes the place of."""
        with self._screen:
            self.close()
            self._present = name
            self._silence.news()
            self._bars[name] = self._line(name, what)

    def _line(self, name: str, what: str) -> Any:
        from tqdm import tqdm

        return tqdm(
            total=0,
            leave=False,
            file=sys.stderr,
            position=len(self._bars),
            bar_format=f"  {name:<8}  {{desc}} … {{elapsed}}",
            desc=what,
        )

    def _tell_silence(self, seconds: float) -> None:
        pass  # it has a line that moves

    def _tick(self, seconds: float) -> None:
        with self._screen:
            if seconds < FIRST:
                self._end(_SILENT)
            elif not any(bar.total == 0 for bar in self._bars.values()):
                self._bars[_SILENT] = self._line(self._present, "goes on, without news")
            for bar in self._bars.values():
                if bar.total == 0:
                    bar.refresh()
