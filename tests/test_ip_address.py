"""Which hosts are this machine's own: it decides whether a token may travel in the clear."""

from __future__ import annotations

import pytest

from hathora_deploy.ip_address import address_of, is_loopback

OWN = [
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "::1",
    "[::1]",
    "0:0:0:0:0:0:0:1",
    "::1%lo",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "localhost",
    "LocalHost",
]
OTHERS = [
    "127.example.com",
    "127.0.0.1.example.com",
    "127.0.0.1%example.com",
    "localhost.example.com",
    "notlocalhost",
    "128.0.0.1",
    "::ffff:10.0.0.1",
    "::2",
    "fe80::1%lo",
    "",
    # Name servers are asked for these.
    "localhost.",
    "game.localhost",
    # Every address of this machine, as others reach it.
    "0.0.0.0",
    "::",
    # Other spellings of 127.0.0.1, which not every resolver takes for it.
    "127.1",
    "2130706433",
    "0x7f000001",
]


@pytest.mark.parametrize("host", OWN)
def test_what_is_sent_there_stays_on_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", OTHERS)
def test_what_is_sent_there_may_leave_this_machine(host: str) -> None:
    assert not is_loopback(host)


def test_an_address_is_known_however_it_is_written() -> None:
    assert address_of("::ffff:10.0.0.1") == address_of("10.0.0.1")
    assert address_of("fe80::1%eth0") == address_of("fe80:0::1")
    assert address_of("10.example.com") is None
