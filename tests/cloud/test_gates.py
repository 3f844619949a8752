"""The sockets by which a cloud is called."""

from __future__ import annotations

import socket
from pathlib import Path

from hathora_deploy.cloud.gates import open_gates
from hathora_deploy.cloud.settings import CloudSettings


def test_who_reads_nothing_costs_little(tmp_path: Path) -> None:
    with (
        open_gates(CloudSettings(tmp_path, port=0)) as gates,
        socket.create_connection(gates.api[0].listener.getsockname()[:2]),
    ):
        connection, _ = gates.api[0].listener.accept()
        with connection:
            connection.setblocking(False)
            taken = 0
            try:
                while True:
                    taken += connection.send(b"x" * 16384)
            except BlockingIOError:
                assert taken < 1024 * 1024
