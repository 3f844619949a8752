from __future__ import annotations

import socket

import pytest

from hathora_deploy.api.network import ContainerPort, TransportType
from hathora_deploy.cloud.errors import ProcessStartFailed
from hathora_deploy.cloud.ports import choose_bindings, is_free

GAME = ContainerPort(name="default", port=7777, transport_type=TransportType.UDP)
DEBUG = ContainerPort(name="debug", port=9000, transport_type=TransportType.TCP)


def everything_is_free(port: int, transport: TransportType, may_linger: bool) -> bool:
    return True


def choose(
    *ports: ContainerPort,
    taken: frozenset[int] = frozenset(),
    prefers_own: bool = False,
    is_free: object = everything_is_free,
) -> list[int]:
    bindings = choose_bindings(
        ports,
        taken=taken,
        candidates=range(34000, 34003),
        prefers_own=prefers_own,
        is_free=is_free,  # type: ignore[arg-type]  # a function of the test
    )
    return [binding.exposed_port for binding in bindings]


def test_each_port_gets_one_of_the_range() -> None:
    assert choose(GAME, DEBUG) == [34000, 34001]


def test_a_port_that_another_process_has_is_passed_over() -> None:
    assert choose(GAME, taken=frozenset({34000})) == [34001]


def test_a_port_that_something_else_took_is_passed_over() -> None:
    assert choose(GAME, is_free=lambda port, transport, may_linger: port != 34000) == [34001]


def test_a_port_that_lingers_is_for_when_there_is_no_other() -> None:
    def lingers(port: int, transport: TransportType, may_linger: bool) -> bool:
        return may_linger or port == 34002

    assert choose(GAME, prefers_own=True, is_free=lingers) == [34002]
    assert choose(GAME, DEBUG, prefers_own=True, is_free=lingers) == [34002, 9000]


def test_a_process_on_the_host_keeps_its_own_number_when_it_is_free() -> None:
    assert choose(GAME, DEBUG, prefers_own=True) == [7777, 9000]
    assert choose(GAME, prefers_own=True, taken=frozenset({7777})) == [34000]


def test_where_tls_is_ended_the_game_server_gets_a_port_of_its_own_behind() -> None:
    secure = ContainerPort(name="secure", port=8000, transport_type=TransportType.TLS)

    def bind(*, prefers_own: bool) -> list[tuple[int, int | None]]:
        bindings = choose_bindings(
            [secure, DEBUG],
            taken=frozenset({34000, 20000}),
            candidates=range(34000, 34003),
            prefers_own=prefers_own,
            is_free=lambda port, transport, may_linger: port != 20001,
        )
        return [(binding.exposed_port, binding.plain_port) for binding in bindings]

    assert bind(prefers_own=False) == [(34001, 20002), (34002, None)]
    # On the host it is the game server that listens on its own number, not the players' side.
    assert bind(prefers_own=True) == [(34001, 8000), (9000, None)]


def test_a_range_that_is_used_up_says_so() -> None:
    with pytest.raises(ProcessStartFailed, match="no port is free between 34000 and 34002"):
        choose(GAME, taken=frozenset({34000, 34001, 34002}))


@pytest.mark.parametrize(
    ("kind", "transport"),
    [(socket.SOCK_DGRAM, TransportType.UDP), (socket.SOCK_STREAM, TransportType.TCP)],
)
def test_a_port_is_free_until_something_listens_on_it(
    kind: socket.SocketKind, transport: TransportType
) -> None:
    with socket.socket(socket.AF_INET, kind) as server:
        server.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            server.listen()
        port = server.getsockname()[1]
        assert not is_free(port, transport)
    assert is_free(port, transport)


def test_a_port_lingers_after_its_server_hung_up_on_a_player() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as player:
            server.accept()[0].close()
            assert player.recv(1) == b""
    assert not is_free(port, TransportType.TCP)
    assert is_free(port, TransportType.TCP, may_linger=True)
