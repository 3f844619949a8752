"""A real game server, Debian's teeworlds-server: its folder, and the question a server browser asks it.

Teeworlds 0.7 over UDP: a client asks for a token with a large datagram, so that nobody can aim the
server at a third party, and shows the token in a packet outside any connection that asks for the
server's info. Its numbers are packed: six bits and a sign in the first byte, seven in each further one.
"""

from __future__ import annotations

import secrets
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path

SERVER = Path("/usr/games/teeworlds-server")
DATA = Path("/usr/share/games/teeworlds/data")

CONTAINER_PORT = 8303

CONTROL = 1 << 2
CONNLESS = 8 << 2
PACKET_VERSION = 1
TOKEN_MESSAGE = b"\x05"
NO_TOKEN = b"\xff\xff\xff\xff"
TOKEN_REQUEST_SIZE = 512
GET_INFO = b"\xff\xff\xff\xffgie3"
INFO = b"\xff\xff\xff\xffinf3"

DOCKERFILE = f"""\
FROM {{base}}
WORKDIR /teeworlds
COPY . .
EXPOSE {CONTAINER_PORT}/udp
CMD exec ./teeworlds-server "sv_register 0" "sv_name $HATHORA_INITIAL_ROOM_ID" "sv_port ${{{{PORT:-{CONTAINER_PORT}}}}}"
"""


@dataclass(frozen=True)
class ServerInfo:
    """What a server tells a server browser."""

    version: str
    name: str
    map: str
    game_type: str
    players: int
    max_clients: int


def write_folder(folder: Path, *, base: str) -> None:
    """Put the server, the maps it plays and a Dockerfile into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy2(SERVER, folder)
    for needed in ("maps", "mapres"):  # it takes a data folder for one by its mapres
        shutil.copytree(DATA / needed, folder / "data" / needed)
    (folder / "Dockerfile").write_text(DOCKERFILE.format(base=base))


def ask_server_info(host: str, port: int, *, patience: float = 10.0) -> ServerInfo:
    """The info of the server at an address. Raises TimeoutError when none answers."""
    deadline = time.monotonic() + patience
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.connect((host, port))
        connection.settimeout(0.5)
        while time.monotonic() < deadline:
            try:
                return _exchange(connection)
            except (TimeoutError, ConnectionRefusedError):
                time.sleep(0.1)
    raise TimeoutError(f"no Teeworlds server answers at {host}:{port}")


def _exchange(connection: socket.socket) -> ServerInfo:
    own = secrets.token_bytes(4)
    request = (TOKEN_MESSAGE + own).ljust(TOKEN_REQUEST_SIZE, b"\0")
    connection.send(bytes([CONTROL, 0, 0]) + NO_TOKEN + request)
    answer = connection.recv(2048)
    assert answer[3:8] == own + TOKEN_MESSAGE, "it answers the token request, to us"
    theirs = answer[8:12]
    header = bytes([CONNLESS | PACKET_VERSION])
    question = 7
    connection.send(header + theirs + own + GET_INFO + bytes([question]))
    answer = connection.recv(2048)
    assert answer.startswith(header + own + theirs + INFO + bytes([question]))
    return _parse(answer[len(header) + 8 + len(INFO) + 1 :])


def _parse(body: bytes) -> ServerInfo:
    version, name, _host, map_name, game_type, numbers = body.split(b"\0", 5)
    _flags, _skill, players, _max_players, _clients, max_clients = _unpacked(numbers, 6)
    return ServerInfo(
        version.decode(), name.decode(), map_name.decode(), game_type.decode(), players, max_clients
    )


def _unpacked(data: bytes, count: int) -> list[int]:
    numbers: list[int] = []
    rest = iter(data)
    for _ in range(count):
        byte = next(rest)
        is_negative, number, shift = byte & 0x40, byte & 0x3F, 6
        while byte & 0x80:
            byte = next(rest)
            number |= (byte & 0x7F) << shift
            shift += 7
        numbers.append(~number if is_negative else number)
    return numbers
