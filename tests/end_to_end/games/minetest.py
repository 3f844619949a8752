"""Minetest: a first packet without a sender, which the server answers with an id for this peer.

It is what the list of servers pings with too; names and worlds are told only to those who log in.
"""

from __future__ import annotations

import struct
from pathlib import Path

from .game import Answer, Game
from .wire import udp

PROTOCOL = 0x4F457403
NOBODY, SERVER = 0, 1
HEADER = struct.Struct(">IHB")
ORIGINAL = b"\x01"
RELIABLE, CONTROL, SET_PEER_ID = 3, 0, 1


def ask(host: str, port: int) -> Answer:
    with udp(host, port) as connection:
        connection.send(HEADER.pack(PROTOCOL, NOBODY, 0) + ORIGINAL)
        answer = connection.recv(2048)
    assert HEADER.unpack(answer[: HEADER.size]) == (PROTOCOL, SERVER, 0)
    kind, _number, inner, control, peer = struct.unpack(">BHBBH", answer[HEADER.size :])
    assert (kind, inner, control) == (RELIABLE, CONTROL, SET_PEER_ID)
    return Answer(f"Minetest, peer {peer}")


MINETEST = Game(
    name="minetest",
    packages="minetest-server minetest-data",
    program=Path("/usr/lib/minetest/minetestserver"),
    data=(
        ("bin", "/usr/lib/minetest/minetestserver"),
        (".", "/usr/share/games/minetest/builtin"),
        ("games", "/usr/share/games/minetest/games/minetest_game"),
    ),
    port="30000/udp",
    tail="""\
CMD export HOME=$(mktemp -d); \\
    exec bin/minetestserver --gameid minetest_game --world "$HOME/$HATHORA_INITIAL_ROOM_ID" \\
        --port ${PORT:-30000}
""",
    ask=ask,
    answers="Minetest, peer ",
    tells_room=False,
)
