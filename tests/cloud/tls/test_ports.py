"""Players who speak TLS to game servers that do not: real sockets on both sides."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest

from hathora_deploy.cloud.errors import PortTaken
from hathora_deploy.cloud.tls import ports as tls_ports
from hathora_deploy.cloud.tls.certificate import Certificate
from hathora_deploy.cloud.tls.ports import TlsPorts
from tests.cloud.handlers.conftest import eventually
from tests.cloud.runtime.conftest import free_port
from tests.cloud.tls.authority import Authority

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Certificate:
    return Certificate(authority.issue(HOST, "localhost"))


@pytest.fixture
def ports(certificate: Certificate) -> Iterator[TlsPorts]:
    opened = TlsPorts(certificate=lambda: certificate, address=HOST, most_of_one=5000)
    yield opened
    opened.close()


@contextmanager
def game(play: Callable[[socket.socket], None]) -> Iterator[int]:
    """A game server that plays with each player in a thread; its port."""
    listener = socket.create_server((HOST, 0), backlog=1024)

    def each(player: socket.socket) -> None:
        with player, suppress(OSError):
            play(player)

    def accept() -> None:
        with suppress(OSError):
            while True:
                player, _ = listener.accept()
                threading.Thread(target=each, args=(player,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def echo(player: socket.socket) -> None:
    while data := player.recv(65536):
        player.sendall(data)


def opened(ports: TlsPorts, target: int) -> int:
    number = free_port()
    ports.open("process", number, target)
    return number


def connect(authority: Authority, number: int, name: str = HOST) -> ssl.SSLSocket:
    return authority.trusting().wrap_socket(
        socket.create_connection((HOST, number), timeout=30), server_hostname=name
    )


class HalfClosing:
    """A player who can end its direction and go on listening: Python's own socket cannot."""

    def __init__(self, authority: Authority, number: int) -> None:
        self._socket = socket.create_connection((HOST, number), timeout=30)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = authority.trusting().wrap_bio(
            self._incoming, self._outgoing, server_hostname=HOST
        )
        self._until(self._tls.do_handshake)

    def send(self, data: bytes) -> None:
        self._until(lambda: self._tls.write(data))

    def end(self) -> None:
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        self._flush()
        self._socket.shutdown(socket.SHUT_WR)

    def read_to_end(self) -> bytes:
        pieces = []
        with suppress(ssl.SSLZeroReturnError):
            while piece := self._until(lambda: self._tls.read(65536)):
                pieces.append(piece)
        assert self._socket.recv(1) == b""
        return b"".join(pieces)

    def close(self) -> None:
        self._socket.close()

    def _until(self, step: Callable[[], object]) -> bytes:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
                data = self._socket.recv(65536)
                assert data, "cut off without a word"
                self._incoming.write(data)
            else:
                self._flush()
                return result if isinstance(result, bytes) else b""

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._socket.sendall(self._outgoing.read())


def test_a_player_who_verifies_the_certificate_is_heard_and_answered(
    ports: TlsPorts, authority: Authority
) -> None:
    with game(echo) as target:
        number = opened(ports, target)
        with connect(authority, number, "localhost") as player:
            assert player.version() == "TLSv1.3"
            player.sendall(b"hello")
            assert player.recv(100) == b"hello"


def test_a_name_that_is_not_in_the_certificate_is_refused_by_players(
    ports: TlsPorts, authority: Authority
) -> None:
    with game(echo) as target, pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        connect(authority, opened(ports, target), "elsewhere.example")


@pytest.mark.parametrize("size", [1, 16 * 1024, 10_000_001])
def test_no_byte_is_lost_however_many_are_on_their_way(
    ports: TlsPorts, authority: Authority, size: int
) -> None:
    sent = os.urandom(size)

    async def play(number: int) -> bytes:
        reader, writer = await asyncio.open_connection(
            HOST, number, ssl=authority.trusting(), server_hostname=HOST
        )
        with closing(writer):
            writer.write(sent)
            received = await asyncio.wait_for(reader.readexactly(size), 60)
        await writer.wait_closed()
        return received

    with game(echo) as target:
        assert asyncio.run(play(opened(ports, target))) == sent


def test_a_player_who_has_said_all_still_hears_the_answer(
    ports: TlsPorts, authority: Authority
) -> None:
    def digest(player: socket.socket) -> None:
        heard = hashlib.sha256()
        while data := player.recv(65536):
            heard.update(data)
        player.sendall(heard.digest() * 50_000)

    said = os.urandom(2_000_000)
    with (
        game(digest) as target,
        closing(HalfClosing(authority, opened(ports, target))) as player,
    ):
        player.send(said)
        player.end()
        assert player.read_to_end() == hashlib.sha256(said).digest() * 50_000


def test_a_game_server_that_has_said_all_still_hears_the_player(
    ports: TlsPorts, authority: Authority
) -> None:
    heard: list[bytes] = []
    done = threading.Event()

    def listen(player: socket.socket) -> None:
        player.sendall(b"go on")
        player.shutdown(socket.SHUT_WR)
        pieces = []
        while data := player.recv(65536):
            pieces.append(data)
        heard.append(b"".join(pieces))
        done.set()

    said = os.urandom(3_000_000)
    with (
        game(listen) as target,
        closing(HalfClosing(authority, opened(ports, target))) as player,
    ):
        assert player.read_to_end() == b"go on"
        player.send(said)
        player.end()
        assert done.wait(30)
    assert heard == [said]


def test_the_last_words_of_a_game_server_that_ends_arrive(
    ports: TlsPorts, authority: Authority
) -> None:
    words = os.urandom(1_000_000)

    def say_and_leave(player: socket.socket) -> None:
        player.recv(1)
        player.sendall(words)

    with game(say_and_leave) as target, connect(authority, opened(ports, target)) as player:
        player.sendall(b"?")
        ports.close_of("process")
        received = bytearray()
        while piece := player.recv(65536):
            received += piece
    assert received == words


def test_a_connection_that_breaks_ends_the_game_servers_side_too(
    ports: TlsPorts, authority: Authority
) -> None:
    ended = threading.Event()

    def wait(player: socket.socket) -> None:
        try:
            echo(player)
        finally:
            ended.set()

    with game(wait) as target:
        player = connect(authority, opened(ports, target))
        player.sendall(b"hello")
        assert player.recv(100) == b"hello"
        player.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        player.close()
        assert ended.wait(30)
    eventually(lambda: ports.connections("process"), lambda count: count == 0)


def test_for_whoever_does_not_read_no_more_is_taken_than_the_systems_buffers_hold(
    ports: TlsPorts, authority: Authority
) -> None:
    taken = 0
    is_over = threading.Event()

    def flood(player: socket.socket) -> None:
        nonlocal taken
        player.settimeout(0.5)
        with suppress(TimeoutError):
            while taken < 64_000_000:
                taken += player.send(bytes(65536))
        is_over.set()

    with game(flood) as target, connect(authority, opened(ports, target)):
        assert is_over.wait(60)
    assert 0 < taken < 32_000_000


def test_a_thousand_players_are_connected_at_once(ports: TlsPorts, authority: Authority) -> None:
    context = authority.trusting()

    async def play(number: int) -> None:
        gate = asyncio.Semaphore(50)
        everybody = asyncio.Barrier(1000)

        async def player(name: bytes) -> bytes:
            async with gate:
                reader, writer = await asyncio.open_connection(
                    HOST, number, ssl=context, server_hostname=HOST, ssl_handshake_timeout=60
                )
            await everybody.wait()
            counts.append(ports.connections("process"))
            writer.write(name)
            answer = await reader.readexactly(len(name))
            writer.close()
            with suppress(ssl.SSLError):  # the end of either side may come first
                await writer.wait_closed()
            return answer

        names = [b"player %d" % each for each in range(1000)]
        assert await asyncio.gather(*map(player, names)) == names

    counts: list[int] = []
    with game(echo) as target:
        asyncio.run(play(opened(ports, target)))
    assert max(counts) == 1000
    eventually(lambda: ports.connections("process"), lambda count: count == 0)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", os.urandom(500)])
def test_whoever_speaks_no_tls_reaches_nobody_and_harms_nobody(
    ports: TlsPorts, authority: Authority, said: bytes
) -> None:
    players = 0

    def count(player: socket.socket) -> None:
        nonlocal players
        players += 1
        echo(player)

    with game(count) as target:
        number = opened(ports, target)
        with socket.create_connection((HOST, number), timeout=30) as stranger:
            stranger.sendall(said)
            stranger.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                while stranger.recv(1000):
                    pass
        assert players == 0
        with connect(authority, number) as player:
            player.sendall(b"hello")
            assert player.recv(100) == b"hello"


def test_where_no_game_server_listens_players_are_let_go(
    ports: TlsPorts, authority: Authority
) -> None:
    number = opened(ports, free_port())
    with connect(authority, number) as player, suppress(ConnectionResetError):
        assert player.recv(1) == b""


def test_more_players_than_a_port_takes_are_let_go(
    ports: TlsPorts, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls_ports, "MOST_CONNECTIONS", 1)
    with game(echo) as target:
        number = opened(ports, target)
        with connect(authority, number) as first:
            with pytest.raises((ssl.SSLError, OSError)):
                connect(authority, number)
            first.sendall(b"hello")
            assert first.recv(100) == b"hello"


def test_one_address_cannot_use_up_the_files_that_the_cloud_may_open(
    certificate: Certificate, authority: Authority
) -> None:
    few = TlsPorts(certificate=lambda: certificate, address=HOST, most_of_one=2)
    with closing(few), game(echo) as target, ExitStack() as held:
        one, other = opened(few, target), opened(few, target)
        first = connect(authority, one)
        second = held.enter_context(connect(authority, other))
        for number in (one, other):
            with pytest.raises((ssl.SSLError, OSError)):
                connect(authority, number)
        first.close()
        third = eventually(lambda: let_in(authority, one), lambda player: player is not None)
        assert third is not None
        for player in (second, held.enter_context(third)):
            player.sendall(b"hello")
            assert player.recv(100) == b"hello"


def let_in(authority: Authority, number: int) -> ssl.SSLSocket | None:
    try:
        return connect(authority, number)
    except OSError:
        return None


def test_a_port_that_something_else_has_is_named(ports: TlsPorts) -> None:
    with socket.create_server((HOST, 0)) as other:
        number = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"port {number} \(tls\)"):
            ports.open("process", number, 1)
    assert not ports.is_open("process", number)


def test_a_port_that_was_closed_is_free(ports: TlsPorts) -> None:
    number = opened(ports, 1)
    ports.close_of("process")
    with socket.create_server((HOST, number)):
        assert not ports.is_open("process", number)
