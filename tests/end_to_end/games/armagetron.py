"""Armagetron Advanced: the question of a server browser, and the server's description of itself.

All of it is words of two bytes: numbers have two, the low one first, and texts their length and
then two characters a word, the second one first.
"""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from .game import Answer, Game
from .wire import udp

POLL, POLLED = 52, 50
ASK_INFO, INFO = 53, 51
"""Told only to who has polled before."""


def ask(host: str, port: int) -> Answer:
    with udp(host, port) as connection:
        _exchange(connection, POLL, POLLED)
        body = _Words(_exchange(connection, ASK_INFO, INFO))
    _port, _host, name = body.number(), body.text(), body.text()
    _players, _oldest, _newest = body.number(), body.number(), body.number()
    return Answer(f"Armagetron {body.text()}", name)


def _exchange(connection: socket.socket, question: int, expected: int) -> bytes:
    connection.send(struct.pack(">HHHH", question, 0, 0, 0))
    answer = connection.recv(4096)
    kind, _number, length = struct.unpack(">HHH", answer[:6])
    assert kind == expected
    return answer[6 : 6 + 2 * length]


class _Words:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def number(self) -> int:
        low, high = struct.unpack(">HH", self._take(4))
        return int(low + (high << 16))

    def text(self) -> str:
        (length,) = struct.unpack(">H", self._take(2))
        swapped = self._take(length + length % 2)
        pairs = (swapped[at : at + 2][::-1] for at in range(0, len(swapped), 2))
        return b"".join(pairs).rstrip(b"\0").decode("latin-1")

    def _take(self, size: int) -> bytes:
        taken, self._data = self._data[:size], self._data[size:]
        assert len(taken) == size, "the description is whole"
        return taken


ARMAGETRON = Game(
    name="armagetron",
    packages="armagetronad-dedicated",
    program=Path("/usr/games/armagetronad-dedicated.real"),
    data=(
        ("data", "/usr/share/games/armagetronad/*"),
        ("config", "/etc/armagetronad/*.cfg"),
        ("config", "/etc/armagetronad/*.srv"),
    ),
    port="4534/udp",
    tail="""\
CMD export HOME=$(mktemp -d); mkdir $HOME/var; \\
    printf 'SERVER_PORT %s\\nSERVER_NAME %s\\nTALK_TO_MASTER 0\\n' \\
        ${PORT:-4534} "$HATHORA_INITIAL_ROOM_ID" >$HOME/var/autoexec.cfg; \\
    exec ./armagetronad-dedicated.real --daemon --datadir data --configdir config \\
        --userdatadir $HOME --vardir $HOME/var
""",
    ask=ask,
    answers="Armagetron 0.2.",
)
