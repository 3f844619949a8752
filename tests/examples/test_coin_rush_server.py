from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable

import pytest
from client import Unplayable, play_round, score_table
from game import MAX_PLAYERS
from protocol import Message, decode, encode

from .conftest import EXAMPLE, GameServer, free_port

StartServer = Callable[..., tuple[GameServer, int]]


def connect(port: int) -> socket.socket:
    connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    connection.connect(("127.0.0.1", port))
    connection.settimeout(30)
    return connection


def ask(connection: socket.socket, message: Message) -> Message:
    connection.send(encode(message))
    answer = decode(connection.recv(2048))
    assert answer is not None
    return answer


def join(connection: socket.socket, name: str) -> Message:
    cookie = ask(connection, {"type": "join", "name": name})["cookie"]
    return ask(connection, {"type": "join", "name": name, "cookie": cookie})


def test_bots_play_one_round_after_another(start_server: StartServer) -> None:
    server, port = start_server(seconds=2)
    for names in [("ada", "bo", "cy"), ("dee", "eli")]:
        scores = play_round("127.0.0.1", port, names)
        assert {name for name, _ in scores} == set(names)
        assert sum(score for _, score in scores) > 0
        assert all(name in score_table(scores) for name in names)
    code, log = server.stop()
    assert code == 0
    assert log.count("the round begins: 2 seconds") == 2
    assert log.count("the round is over") == 2
    assert "room 2swovpy1fnunu is closed" in log


def test_the_client_prints_the_scores(start_server: StartServer) -> None:
    _, port = start_server()
    done = subprocess.run(
        [sys.executable, "client.py", "127.0.0.1", str(port), "--bots", "2"],
        cwd=EXAMPLE,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["player", "coins"]
    assert len(lines) == 3


def test_the_client_says_that_nobody_is_there() -> None:
    with pytest.raises(Unplayable, match="no game server at"):
        play_round("127.0.0.1", free_port(), ("ada",))


def test_noise_is_ignored_and_counted(start_server: StartServer) -> None:
    server, port = start_server(seconds=30)
    with connect(port) as stranger:
        for noise in [b"\x00", b"{}", b'{"type":"move","direction":"up"}', b"x" * 60000]:
            stranger.send(noise)
        assert join(stranger, "ada")["type"] == "welcome"
        stranger.send(b'{"type":"move","direction":["up"]}')
        stranger.send(b'{"type":"dance"}')
        stranger.send(b'{"type":"leave"}')
    assert "ada joined" in server.line()
    assert "the round begins" in server.line()
    assert "ada left" in server.line()
    _, log = server.stop()
    assert "6 datagrams made no sense" in log


def test_an_address_that_does_not_hear_the_server_gets_no_more_than_it_sends(
    start_server: StartServer,
) -> None:
    _, port = start_server()
    with connect(port) as stranger:
        request = {"type": "join", "name": "ada", "cookie": "0000000000000000"}
        answer = ask(stranger, request)
        assert answer["type"] == "challenge"
        assert len(encode(answer)) <= len(encode(request))
        stranger.settimeout(0.3)
        with pytest.raises(TimeoutError):
            stranger.recv(2048)


def test_a_room_holds_so_many_and_no_more(start_server: StartServer) -> None:
    _, port = start_server(seconds=30)
    connections = [connect(port) for _ in range(MAX_PLAYERS + 1)]
    answers = [join(connection, f"bot {n}")["type"] for n, connection in enumerate(connections)]
    assert answers == ["welcome"] * MAX_PLAYERS + ["full"]
    for connection in connections:
        connection.close()


def test_a_player_whose_welcome_was_lost_keeps_its_number(start_server: StartServer) -> None:
    _, port = start_server(seconds=30)
    with connect(port) as connection:
        first = join(connection, "ada")
        connection.send(encode({"type": "join", "name": "ada"}))
        while (answer := decode(connection.recv(2048))) and answer["type"] != "challenge":
            pass
        assert answer is not None
        connection.send(encode({"type": "join", "name": "ada", "cookie": answer["cookie"]}))
        while (answer := decode(connection.recv(2048))) and answer["type"] != "welcome":
            pass
        assert answer == first


def test_players_are_told_when_the_server_goes_down(start_server: StartServer) -> None:
    server, port = start_server(seconds=30)
    with connect(port) as connection:
        join(connection, "ada")
        assert server.stop()[0] == 0
        kinds = set()
        while "bye" not in kinds:
            message = decode(connection.recv(2048))
            assert message is not None
            kinds.add(message["type"])


def test_a_port_in_use_is_said_and_the_exit_code_is_not_zero(start_server: StartServer) -> None:
    _, port = start_server()
    second = GameServer({"PORT": str(port)})
    assert "cannot start: " in second.line()
    assert second.process.wait(60) == 1
    second.stop()
