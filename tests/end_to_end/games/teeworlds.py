"""Teeworlds 0.7: the question of a server browser.

A client asks for a token with a large datagram, so that nobody can aim the server at a third party,
and shows the token in a packet outside any connection that asks for the server's info.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from .game import Answer, Game
from .wire import udp

CONTROL = 1 << 2
CONNLESS = 8 << 2
PACKET_VERSION = 1
TOKEN_MESSAGE = b"\x05"
NO_TOKEN = b"\xff\xff\xff\xff"
TOKEN_REQUEST_SIZE = 512
GET_INFO = b"\xff\xff\xff\xffgie3"
INFO = b"\xff\xff\xff\xffinf3"
QUESTION = b"\x07"


def ask(host: str, port: int) -> Answer:
    own = secrets.token_bytes(4)
    with udp(host, port) as connection:
        request = (TOKEN_MESSAGE + own).ljust(TOKEN_REQUEST_SIZE, b"\0")
        connection.send(bytes([CONTROL, 0, 0]) + NO_TOKEN + request)
        answer = connection.recv(2048)
        assert answer[3:8] == own + TOKEN_MESSAGE, "it answers the token request, to us"
        theirs = answer[8:12]
        header = bytes([CONNLESS | PACKET_VERSION])
        connection.send(header + theirs + own + GET_INFO + QUESTION)
        answer = connection.recv(2048)
    expected = header + own + theirs + INFO + QUESTION
    assert answer.startswith(expected)
    version, name, _host, map_name, _ = answer.removeprefix(expected).split(b"\0", 4)
    return Answer(f"Teeworlds {version.decode()} on {map_name.decode()}", name.decode())


TEEWORLDS = Game(
    name="teeworlds",
    packages="teeworlds-server teeworlds-data",
    program=Path("/usr/games/teeworlds-server"),
    data=(
        ("data", "/usr/share/games/teeworlds/data/maps"),
        ("data", "/usr/share/games/teeworlds/data/mapres"),  # a data folder is one that has this
    ),
    port="8303/udp",
    tail="""\
CMD export HOME=$(mktemp -d); \\
    exec ./teeworlds-server "sv_register 0" "sv_name $HATHORA_INITIAL_ROOM_ID" "sv_port ${PORT:-8303}"
""",
    ask=ask,
    answers="Teeworlds 0.7.",
    rooms=3,
)
