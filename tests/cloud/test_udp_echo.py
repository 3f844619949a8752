from __future__ import annotations

import asyncio

import pytest

from hathora_deploy.cloud.udp_echo import LONGEST, PER_SECOND, UdpEcho

PORT = 10000
PLAYER = ("203.0.113.9", 50000)


class Wire(asyncio.DatagramTransport):
    """Keeps what is sent."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("0.0.0.0", PORT)})
        self.sent: list[tuple[bytes, object]] = []

    def sendto(self, data: bytes, addr: object = None) -> None:
        self.sent.append((data, addr))


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def echo(wire: Wire, clock: Clock) -> UdpEcho:
    made = UdpEcho(clock=clock)
    made.connection_made(wire)
    return made


@pytest.mark.parametrize("ping", [b"", b"ping", bytes(LONGEST)])
def test_a_ping_comes_back_as_it_was(echo: UdpEcho, wire: Wire, ping: bytes) -> None:
    echo.datagram_received(ping, PLAYER)
    assert wire.sent == [(ping, PLAYER)]


def test_what_is_longer_than_a_ping_is_not_answered(echo: UdpEcho, wire: Wire) -> None:
    echo.datagram_received(bytes(LONGEST + 1), PLAYER)
    assert wire.sent == []


@pytest.mark.parametrize("port", [7, 19, 53, 123, 1023, PORT])
def test_a_service_that_would_answer_an_echo_gets_none(
    echo: UdpEcho, wire: Wire, port: int
) -> None:
    echo.datagram_received(b"ping", ("203.0.113.9", port))
    assert wire.sent == []


def test_nobody_is_flooded_and_others_are_answered(echo: UdpEcho, wire: Wire, clock: Clock) -> None:
    for port in range(50000, 51000):
        echo.datagram_received(b"ping", ("203.0.113.9", port))
    assert len(wire.sent) == PER_SECOND

    echo.datagram_received(b"ping", ("203.0.113.10", 50000))
    assert len(wire.sent) == PER_SECOND + 1
    clock.now += 0.5
    for _ in range(100):
        echo.datagram_received(b"ping", PLAYER)
    assert len(wire.sent) == PER_SECOND + 1 + PER_SECOND / 2


def test_a_million_made_up_senders_take_no_memory_and_the_next_second_is_another(
    echo: UdpEcho, wire: Wire, clock: Clock
) -> None:
    for number in range(20_000):
        echo.datagram_received(b"ping", (f"198.51.{number >> 8 & 255}.{number & 255}", 50000))
    assert len(wire.sent) < 20_000

    clock.now += 2
    wire.sent.clear()
    echo.datagram_received(b"ping", PLAYER)
    assert wire.sent == [(b"ping", PLAYER)]
