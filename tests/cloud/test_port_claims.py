from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from hathora_deploy.api.network import TransportType
from hathora_deploy.cloud.port_claims import SECONDS, PortClaims
from tests.cloud.runtime.conftest import free_port

TCP, UDP, TLS = TransportType.TCP, TransportType.UDP, TransportType.TLS

CLAIM = """
import sys
from hathora_deploy.api.network import TransportType
from hathora_deploy.cloud.port_claims import PortClaims
claims = PortClaims()
print(claims.claim(int(sys.argv[1]), TransportType.UDP), flush=True)
sys.stdin.read()
"""


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def needs_names() -> None:
    if sys.platform != "linux":
        pytest.skip("this system has no names of sockets but files")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_two_clouds_that_choose_at_once_never_choose_the_same_port(stack: ExitStack) -> None:
    port = free_port()
    one, other = (stack.enter_context(closing(PortClaims())) for _ in range(2))
    assert one.claim(port, TCP)
    assert not other.claim(port, TCP)
    assert not other.claim(port, TLS), "TLS is TCP"
    assert other.claim(port, UDP)
    assert not one.claim(port, UDP)


def test_a_cloud_may_choose_its_own_port_again(stack: ExitStack) -> None:
    port, claims = free_port(), stack.enter_context(closing(PortClaims()))
    assert claims.claim(port, TCP)
    assert claims.claim(port, TCP)


def test_a_claim_ends_when_a_game_server_had_time_to_listen(stack: ExitStack) -> None:
    port, clock = free_port(), Clock()
    one = stack.enter_context(closing(PortClaims(clock=clock)))
    other = stack.enter_context(closing(PortClaims()))
    assert one.claim(port, TCP)
    clock.now += SECONDS + 1
    assert one.claim(free_port(), TCP)
    assert other.claim(port, TCP)


def test_a_cloud_that_is_killed_leaves_no_claim(stack: ExitStack) -> None:
    port, claims = free_port(), stack.enter_context(closing(PortClaims()))
    with subprocess.Popen(
        [sys.executable, "-c", CLAIM, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "True\n"
        assert not claims.claim(port, UDP)
        killed.kill()
    assert claims.claim(port, UDP)
