"""OpenTTD: what a client asks over TCP for its list of servers.

Packets have their size in two bytes, little-endian, and their type in one.
"""

from __future__ import annotations

import struct
from pathlib import Path

from .game import Answer, Game
from .wire import receive, tcp

HEADER = struct.Struct("<HB")
SERVER_GAME_INFO = 6
CLIENT_GAME_INFO = 7
NEWEST_INFO_KNOWN = 6


def ask(host: str, port: int) -> Answer:
    with tcp(host, port) as connection:
        connection.sendall(HEADER.pack(HEADER.size, CLIENT_GAME_INFO))
        size, kind = HEADER.unpack(receive(connection, HEADER.size))
        info = receive(connection, size - HEADER.size)
    assert kind == SERVER_GAME_INFO
    version, info = info[0], info[1:]
    assert version == NEWEST_INFO_KNOWN
    # Before its name: no script and no graphics of its own, two dates, and how many may play.
    name, revision, _ = info[18:].split(b"\0", 2)
    return Answer(f"OpenTTD {revision.decode()}", name.decode())


OPENTTD = Game(
    name="openttd",
    packages="openttd openttd-data openttd-opengfx",
    program=Path("/usr/games/openttd"),
    data=(
        ("lang", "/usr/share/games/openttd/lang/english.lng"),
        ("ai", "/usr/share/games/openttd/ai/*.nut"),
        ("game", "/usr/share/games/openttd/game/*.nut"),
        ("baseset", "/usr/share/games/openttd/baseset/*.grf"),
        ("baseset", "/usr/share/games/openttd/baseset/no_*"),
        ("baseset", "/usr/share/games/openttd/baseset/opengfx/*.grf"),
        ("baseset", "/usr/share/games/openttd/baseset/opengfx/*.obg"),
    ),
    port="3979/tcp",
    tail="""\
CMD export HOME=$(mktemp -d); \\
    printf '[network]\\nserver_name = %s\\n[game_creation]\\nmap_x = 6\\nmap_y = 6\\n' \\
        "$HATHORA_INITIAL_ROOM_ID" >$HOME/openttd.cfg; \\
    exec ./openttd -D 0.0.0.0:${PORT:-3979} -c $HOME/openttd.cfg
""",
    ask=ask,
    answers="OpenTTD ",
    rooms=3,
)
