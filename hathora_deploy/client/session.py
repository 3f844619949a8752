"""The requests.Session that a client opens where it is given none."""

from __future__ import annotations

import os
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from hathora_deploy.client.keepalive import keepalive_options


def open_session() -> requests.Session:
    """A session whose dead peers, of streams that say nothing, are found by TCP keepalive."""
    session = requests.Session()
    adapter = KeepaliveAdapter(pool_maxsize=16)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


class NoAuth(AuthBase):
    """Leaves the headers as they are. Without it, requests would let ~/.netrc replace the token."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class KeepaliveAdapter(HTTPAdapter):
    """Its connections find out that the other end is gone, and belong to one process."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self._process = os.getpid()
        default = urllib3.connection.HTTPConnection.default_socket_options
        super().init_poolmanager(*args, socket_options=[*default, *keepalive_options()], **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        if self._process != os.getpid():
            # It was forked: on a connection that both use, each would read answers to the other.
            self.close()
            self._process = os.getpid()
        return super().send(*args, **kwargs)
