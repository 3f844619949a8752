"""The threads of a client: none outlives it, and a fork has none of them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from hathora_deploy.client import HathoraCloud
from tests.client.serving import Handler, Server

NAME = "hathora-call"
FORKING = """
import os, sys, warnings
warnings.simplefilter("ignore")  # newer Pythons warn of forks where there are threads
from hathora_deploy.client import HathoraCloud

with HathoraCloud(endpoint=sys.argv[1], timeout=30) as cloud:
    cloud.builds_v3.get_builds()
    child = os.fork()
    cloud.builds_v3.get_builds()
    if not child:
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""


def test_the_threads_of_a_client_end_with_it(server: Server) -> None:
    server.answers(200, b'{"builds":[]}')
    others = {*threading.enumerate()}
    with HathoraCloud(endpoint=server.endpoint) as cloud:
        cloud.builds_v3.get_builds()
        threads = [each for each in {*threading.enumerate()} - others if each.name == NAME]
    assert threads
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_process_that_is_forked_calls_on_connections_of_its_own(server: Server) -> None:
    ports: list[int] = []

    def remember(handler: Handler) -> None:
        ports.append(handler.client_address[1])
        handler.send(200, b'{"builds":[]}')

    server.answer = remember
    done = subprocess.run(
        [sys.executable, "-c", FORKING, server.endpoint], capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    assert len(ports) == 3
    assert len({*ports}) == 2
