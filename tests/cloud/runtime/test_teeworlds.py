"""A real game server: Debian's teeworlds-server."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cloud.runtime.conftest import Bench, free_port, port

SERVER = shutil.which("teeworlds-server", path="/usr/games:/usr/local/games:/usr/bin")
DATA = Path("/usr/share/games/teeworlds/data")


def test_teeworlds_is_bound_on_its_udp_port(process_bench: Bench) -> None:
    if SERVER is None:
        pytest.skip("teeworlds-server is not installed")
    number = free_port()
    dockerfile = (
        "FROM debian:12\nWORKDIR /game\nCOPY teeworlds-server .\nCOPY server.cfg .\nEXPOSE 8303/udp\n"
        'CMD ["./teeworlds-server", "-f", "server.cfg"]\n'
    )
    config = f"sv_name here\nsv_port {number}\nsv_register 0\nsv_map dm1\n"
    files: dict[str, bytes | str] = {
        "Dockerfile": dockerfile,
        "server.cfg": config,
        "teeworlds-server*": Path(SERVER).read_bytes(),
    }
    spec = process_bench.spec(process_bench.build(files), port(8303, number, "udp"))
    handle = process_bench.start(spec)
    assert process_bench.until_bound(handle, spec).bound == {"default": number}
