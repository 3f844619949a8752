"""Freeciv: a client's request to join, and the answer to it, the first packets of the protocol.

Packets have their size in two bytes and their type in one, or, once both sides have spoken, in two.
Many at once travel compressed, with a size that no packet has. It refuses to be root's.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from .game import Answer, Game
from .wire import receive, tcp

JOIN_REQUEST, JOIN_REPLY = 4, 5
CAPABILITY = "+Freeciv-3.0-network"
COMPRESSED_FROM = 16 * 1024 + 1
JUMBO = 0xFFFF


def ask(host: str, port: int) -> Answer:
    words = b"".join(word.encode() + b"\0" for word in ("ada", CAPABILITY, "-test"))
    request = words + struct.pack(">III", 3, 0, 6)
    with tcp(host, port) as connection:
        connection.sendall(struct.pack(">HB", len(request) + 3, JOIN_REQUEST) + request)
        (size,) = struct.unpack(">H", receive(connection, 2))
        if size == JUMBO:
            (size,) = struct.unpack(">I", receive(connection, 4))
            packets = zlib.decompress(receive(connection, size - 6))
        elif size >= COMPRESSED_FROM:
            packets = zlib.decompress(receive(connection, size - COMPRESSED_FROM - 2))
        else:
            packets = struct.pack(">H", size) + receive(connection, size - 2)
    return Answer(_reply(packets))


def _reply(packets: bytes) -> str:
    """What the server says to who wants to join. Until then types have one byte."""
    while packets[2] != JOIN_REPLY:
        packets = packets[int.from_bytes(packets[:2]) :]
    can_join, message = packets[3], packets[4:].split(b"\0", 1)[0].decode()
    return message if can_join else f"refused: {message}"


FREECIV = Game(
    name="freeciv",
    packages="freeciv-server freeciv-data",
    program=Path("/usr/games/freeciv-server"),
    data=tuple(
        ("data", f"/usr/share/games/freeciv/{name}")
        for name in ("civ2civ3", "civ2civ3.serv", "default", "default.serv", "nation", "override")
    ),
    port="5556/tcp",
    tail="""\
USER 65534
CMD export HOME=$(mktemp -d) FREECIV_DATA_PATH=data; \\
    exec ./freeciv-server --port ${PORT:-5556} --Announce none --saves $HOME
""",
    ask=ask,
    answers="ada Welcome",
    tells_room=False,
)
