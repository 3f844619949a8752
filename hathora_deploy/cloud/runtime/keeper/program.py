"""Starts a game server, waits for its end, and writes down how it came."""

# There is a keeper for each game server, and pathlib takes longer to load than all the rest of it.
# ruff: noqa: PTH123

from __future__ import annotations

import marshal
import os
import signal
import sys
from typing import TYPE_CHECKING

from hathora_deploy.cloud.runtime.keeper import linux
from hathora_deploy.cloud.runtime.keeper.mounts import settle
from hathora_deploy.cloud.runtime.keeper.watch import Watch

if TYPE_CHECKING:
    from hathora_deploy.cloud.runtime.keeper.order import Order, Rights

ROOM_FOR_END = 32
"""Bytes of the file that an end is written into, taken at once: a disk that fills up loses no end."""
_DEFAULTS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGHUP)


def main(report: int) -> None:
    """Keep a process as standard input orders.

    ``report`` is a descriptor: it closes when the game server runs, or tells what was being done,
    the number of the error and the path that it is about.
    """
    try:
        order: Order = marshal.loads(sys.stdin.buffer.read())  # noqa: S302 - the cloud has written it
    except (EOFError, ValueError, TypeError):
        return  # it was killed before it had written all
    os.set_inheritable(report, False)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, Watch.SIGNALS)
    try:
        _enter(order["keeper_entrances"])
        ending = os.open(order["ending"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(ending, b" " * ROOM_FOR_END)
        if linux.IS_LINUX:
            linux.adopt_orphans()
        leader = os.fork()
    except OSError as error:
        _tell(report, "keep", error)
        return
    if leader == 0:
        _become(order, report)
    os.close(report)
    # Whoever reads the log to its end is not to wait for a keeper.
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    watch = Watch(leader, ledger=order["ledger"], memory=order["watched_memory"])
    watch.until_leader_ends()
    os.pwrite(ending, f"{watch.code} {int(watch.ran_out_of_memory)}\n".encode(), 0)
    watch.until_all_end()


def _become(order: Order, report: int) -> None:
    """Turn into the game server."""
    doing = "keep"
    try:
        os.setsid()
        _enter(order["entrances"])
        doing = "confine"
        rights = order["rights"]
        if order["view"] is not None:
            settle(order["view"], rights["user"] if rights else 0)
        if rights is not None:
            _give_up(rights)
        if linux.IS_LINUX:
            linux.end_with_parent(signal.SIGKILL)
        doing = "start"
        os.chdir(order["workdir"])
        for number in _DEFAULTS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execve(order["command"][0], order["command"], order["environment"])  # noqa: S606 - to run what was deployed is the purpose
    except OSError as error:
        _tell(report, doing, error)
    finally:
        os._exit(127)


def _give_up(rights: Rights) -> None:
    os.setgroups([])
    os.setresgid(rights["group"], rights["group"], rights["group"])
    os.setresuid(rights["user"], rights["user"], rights["user"])
    os.umask(0o022)
    linux.renounce_privileges()


def _enter(entrances: list[str]) -> None:
    for entrance in entrances:
        with open(entrance, "w") as group:
            group.write("0")  # whoever writes it


def _tell(report: int, doing: str, error: OSError) -> None:
    os.write(report, f"{doing}\0{error.errno or 0}\0{error.filename or ''}".encode())
