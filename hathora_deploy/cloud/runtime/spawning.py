"""Starts the keeper of a process, and says in words why a game server could not be started."""

from __future__ import annotations

import errno
import marshal
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import hathora_deploy
from hathora_deploy.cloud.errors import ProcessStartFailed
from hathora_deploy.cloud.runtime.keeper.order import Order

_ABOVE_PACKAGE: Final = str(Path(hathora_deploy.__file__).parents[1])
_PROGRAM: Final = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from hathora_deploy.cloud.runtime.keeper.program import main; main(int(sys.argv[2]))"
)
_AS_ROOT: Final = (
    "--run-as root does without, and gives game servers the rights of root; or use Docker"
)


def spawn(order: Order, *, process_id: str, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start a process with a keeper that works in ``folder``. Raises ProcessStartFailed.

    The keeper is told everything by standard input. Variables may change how a program is loaded,
    and a keeper may be root's: it has none.
    """
    _refuse_zero_bytes(order)
    heard, report = os.pipe()
    try:
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if order["rights"] is not None:  # it may open /dev/stdout
                os.fchown(output, order["rights"]["user"], -1)
            child = subprocess.Popen(  # noqa: S603 - to run what was deployed is the purpose
                [
                    sys.executable,
                    "-I",
                    "-S",
                    "-c",
                    _PROGRAM,
                    _ABOVE_PACKAGE,
                    str(report),
                    process_id,
                ],
                cwd=folder,
                env={},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=[report],
                start_new_session=True,
            )
        finally:
            os.close(output)
            os.close(report)
        assert child.stdin is not None
        try:
            with child.stdin as orders:
                marshal.dump(dict(order), orders)
            said = _all_of(heard)
        except BaseException:
            child.kill()
            child.wait()
            raise
    except OSError as error:
        raise ProcessStartFailed(f"its keeper cannot be started: {error.strerror}") from None
    finally:
        os.close(heard)
    if said:
        child.wait()
        raise _failure(said, order)
    return child


def _all_of(descriptor: int) -> bytes:
    found = b""
    while piece := os.read(descriptor, 4096):
        found += piece
    return found


def _refuse_zero_bytes(order: Order) -> None:
    if any("\0" in name + value for name, value in order["environment"].items()):
        raise ProcessStartFailed(
            f"{order['command'][0]} cannot be started: a variable holds a zero byte"
        )


def _failure(said: bytes, order: Order) -> ProcessStartFailed:
    doing, number, path = said.decode(errors="replace").split("\0")
    code, program = int(number), order["command"][0]
    reason = os.strerror(code)
    at = f" at {path}" if path else ""
    if doing == "confine":
        return ProcessStartFailed(
            f"this machine does not let the cloud take its own rights from a game server: {reason}{at}",
            hint=f"this needs root outside of containers, and Linux 5.19; {_AS_ROOT}",
        )
    if doing == "keep":
        return ProcessStartFailed(f"its keeper cannot do its work: {reason}{at}")
    if code == errno.ENOEXEC:
        return ProcessStartFailed(
            f"{program} is no program for this machine",
            hint="build it for this system and processor; a script begins with #! and its interpreter",
        )
    view = order["view"]
    is_hidden = code == errno.ENOENT and view is not None and not program.startswith(view["stage"])
    if is_hidden or (code == errno.EACCES and order["rights"] is not None):
        return ProcessStartFailed(
            f"{program} cannot be started: the user that game servers run as may not reach or run it",
            hint=f"see the rights of each folder on the way to it, and of what it names after #!; {_AS_ROOT}",
        )
    if code == errno.ENOENT:
        return ProcessStartFailed(
            f"what {program} runs on is missing on this machine: the interpreter or loader it names",
            hint="install it, or use Docker and a base image that has it",
        )
    return ProcessStartFailed(f"{program} cannot be started: {reason}{at}")
