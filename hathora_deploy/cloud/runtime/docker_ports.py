"""What a container listens on: the published port itself is bound by the engine at once, and tells nothing."""

from __future__ import annotations

from collections.abc import Set
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hathora_deploy.cloud.runtime import proc_net
from hathora_deploy.cloud.runtime.docker_members import is_in_container
from hathora_deploy.cloud.runtime.proc_net import TABLES

if TYPE_CHECKING:
    from docker.models.containers import Container


def listening(container: Container, pid: int) -> set[tuple[str, int]] | None:
    """Protocol and port of each socket. None when nobody can look: neither is the engine on this
    machine, nor has the image a ``cat``."""
    tables = _host_tables(pid, str(container.id)) or _inner_tables(container)
    if tables is None:
        return None
    return {one for table, text in tables.items() for one in proc_net.listening(table, text)}


def connections(container: Container, ports: Set[int]) -> int | None:
    """TCP connections to ports of a container. None when the engine is not on this machine."""
    tables = _host_tables(container.attrs["State"]["Pid"], str(container.id))
    if tables is None:
        return None
    to = (number for text in (tables["tcp"], tables["tcp6"]) for number in proc_net.connected(text))
    return sum(number in ports for number in to)


def _host_tables(pid: int, container_id: str) -> dict[str, str] | None:
    if is_in_container(pid, container_id):
        folder = Path("/proc") / str(pid) / "net"
        with suppress(OSError):
            return {name: (folder / name).read_text() for name in TABLES}
    return None


def _inner_tables(container: Container) -> dict[str, str] | None:
    from docker.errors import APIError

    tables = {}
    for name in TABLES:
        try:
            code, output = container.exec_run(["cat", f"/proc/net/{name}"], stderr=False)
        except APIError:
            return None
        if code == 0 and isinstance(output, bytes):
            tables[name] = output.decode("ascii", errors="replace")
    return tables or None
