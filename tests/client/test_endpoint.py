"""Endpoints, as texts: which of them leads to this machine."""

from __future__ import annotations

import pytest

from hathora_deploy.client.endpoint import is_on_this_machine


@pytest.mark.parametrize(
    ("endpoint", "is_own"),
    [
        ("http://127.0.0.1:7350", True),
        ("http://[::1]:7350", True),
        ("http://LocalHost/api", True),
        ("http://127.example.com", False),
        ("http://127.0.0.1.example.com:7350", False),
        ("http://api.example.com/127.0.0.1", False),
    ],
)
def test_an_endpoint_is_on_this_machine_by_its_host_alone(endpoint: str, is_own: bool) -> None:
    assert is_on_this_machine(endpoint) is is_own
