"""The ports of a process, and whether the game server listens on them."""

from __future__ import annotations

import socket

import pytest

from tests.cloud.runtime.conftest import Bench, free_port, port


@pytest.mark.parametrize("transport", ["tcp", "udp", "tls"])
def test_a_port_is_bound_when_the_game_server_listens_on_it(bench: Bench, transport: str) -> None:
    kind = "udp" if transport == "udp" else "tcp"
    number, door = free_port(), free_port()
    reference = bench.build_game(f"tcp={door}", "accept=1", f"{kind}={number}")
    spec = bench.spec(reference, port(number, number, transport), port(door, door, name="door"))
    handle = bench.start(spec)
    bench._until(handle, spec, lambda seen: dict(seen.bound) == {"door": door})
    with socket.create_connection(("127.0.0.1", door), timeout=5):
        assert bench.until_bound(handle, spec).bound == {"default": number, "door": door}


def test_each_of_several_ports_is_told_by_its_name(bench: Bench) -> None:
    game, admin = free_port(), free_port()
    reference = bench.build_game(f"udp={game}", f"tcp={admin}")
    spec = bench.spec(
        reference,
        port(game, game, "udp"),
        port(admin, admin, "tcp", "admin"),
        port(9, 9, "tcp", "never"),
    )
    handle = bench.start(spec)
    expected = {"default": game, "admin": admin}
    bench._until(handle, spec, lambda seen: dict(seen.bound) == expected)


def test_players_reach_the_game_server_on_the_port_that_is_bound(bench: Bench) -> None:
    number = free_port()
    spec = bench.spec(bench.build_game(f"tcp={number}"), port(number, number))
    seen = bench.until_bound(bench.start(spec), spec)
    socket.create_connection(("127.0.0.1", seen.bound["default"]), timeout=5).close()
