from __future__ import annotations

import pytest

from hathora_deploy.cloud.runtime.proc_net import connected, listening

HEADING = "  sl  local_address rem_address   st tx_queue rx_queue\n"


@pytest.mark.parametrize(
    ("table", "line", "found"),
    [
        ("tcp", "0: 00000000:1E61 00000000:0000 0A 0:0", [("tcp", 7777)]),
        ("tcp", "0: 0100007F:1E61 00000000:0000 0A 0:0", []),
        ("tcp", "0: 0200A8C0:1E61 0100A8C0:C000 01 0:0", []),
        ("tcp6", f"0: {'0' * 32}:1E61 {'0' * 32}:0000 0A 0:0", [("tcp", 7777)]),
        ("tcp6", f"0: {'0' * 24}01000000:1E61 {'0' * 32}:0000 0A 0:0", []),
        ("udp", "0: 00000000:206F 00000000:0000 07 0:0", [("udp", 8303)]),
        ("udp6", f"0: {'0' * 32}:206F {'0' * 32}:0000 07 0:0", [("udp", 8303)]),
    ],
)
def test_sockets_that_players_can_reach_are_found(
    table: str, line: str, found: list[tuple[str, int]]
) -> None:
    assert list(listening(table, HEADING + line + "\n")) == found


def test_connections_are_found_by_the_port_of_this_side() -> None:
    lines = (
        "0: 00000000:1E61 00000000:0000 0A 0:0",
        "1: 0200A8C0:1E61 0100A8C0:C000 01 0:0",
        "2: 0200A8C0:C001 0100A8C0:1E61 01 0:0",
        "3: 0200A8C0:1E61 0100A8C0:C002 06 0:0",
    )

    assert list(connected(HEADING + "\n".join(lines))) == [7777, 0xC001]
