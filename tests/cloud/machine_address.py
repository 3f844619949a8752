"""An address of this machine that others could call."""

from __future__ import annotations

import socket

import psutil
import pytest


def outer_address() -> str:
    """Skips the test where there is none but loopback."""
    for addresses in psutil.net_if_addrs().values():
        for each in addresses:
            if each.family == socket.AF_INET and not each.address.startswith("127."):
                return str(each.address)
    pytest.skip("this machine has no address but loopback")
