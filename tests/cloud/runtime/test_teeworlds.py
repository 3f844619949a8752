"""A real game server on each runtime: Debian's teeworlds-server."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cloud.runtime.base_image import libraries
from tests.cloud.runtime.conftest import BASE_IMAGE, Bench, free_port, port

SERVER = shutil.which("teeworlds-server", path="/usr/games:/usr/local/games:/usr/bin")
MAP = Path("/usr/share/games/teeworlds/data/maps/dm1.map")
DOCKERFILE = f"""FROM {BASE_IMAGE}
COPY libraries /
WORKDIR /game
COPY teeworlds-server server.cfg ./
COPY maps maps
EXPOSE 8303/udp
CMD ["./teeworlds-server", "-f", "server.cfg"]
"""


def test_teeworlds_is_bound_on_its_udp_port(bench: Bench) -> None:
    if SERVER is None or not MAP.exists():
        pytest.skip("teeworlds-server is not installed")
    if shutil.which("ldd") is None:
        pytest.skip("ldd is missing, which lists what teeworlds-server needs")
    exposed = free_port()
    listens_on = exposed if bench.runtime.shares_host_ports else 8303
    files: dict[str, bytes | str] = {
        "Dockerfile": DOCKERFILE,
        "server.cfg": f"sv_port {listens_on}\nsv_register 0\nsv_map dm1\n",
        "maps/dm1.map": MAP.read_bytes(),
        "teeworlds-server*": Path(SERVER).read_bytes(),
    }
    for library in libraries(Path(SERVER)):
        files[f"libraries{library}*"] = library.read_bytes()
    spec = bench.spec(bench.build(files), port(8303, exposed, "udp"))
    handle = bench.start(spec)
    assert bench.until_bound(handle, spec).bound == {"default": exposed}
    assert "server name is" in spec.log.read_text()
