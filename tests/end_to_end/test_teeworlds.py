"""A real game server from Debian, deployed on both runtimes and asked over the wire."""

from __future__ import annotations

import io
import secrets
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.cloud.runtime.engine import find_engine, open_client

from .conftest import StartCloud, wait_until
from .teeworlds import DATA, SERVER, ask_server_info, write_folder

BUSYBOX = Path("/bin/busybox")


@pytest.fixture(autouse=True)
def needs_teeworlds() -> None:
    if not SERVER.exists() or not DATA.exists():
        pytest.skip("teeworlds is missing: apt-get install teeworlds-server teeworlds-data")


@pytest.fixture
def base_image() -> Iterator[str]:
    """An image of a shell and of the libraries that the server is linked with."""
    url = find_engine()
    if url is None:
        pytest.skip("no Docker Engine answers")
    engine = open_client(url)
    if not BUSYBOX.exists():
        pytest.skip("there is no shell for an image: apt-get install busybox-static")
    name = f"hathora-test/teeworlds-base-{secrets.token_hex(4)}"
    engine.api.import_image_from_data(_root_filesystem(), repository=name, tag="latest")
    (layer,) = engine.images.get(name).attrs["RootFS"]["Layers"]
    yield name
    for image in engine.images.list():
        if layer in image.attrs["RootFS"]["Layers"]:  # the base, and what was built upon it
            engine.images.remove(image.id, force=True)
    engine.close()


def _root_filesystem() -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", dereference=True) as root:
        root.add(BUSYBOX, "bin/busybox")
        link = tarfile.TarInfo("bin/sh")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        root.addfile(link)
        for library in _libraries(SERVER):
            root.add(library, library.lstrip("/"))
    return archive.getvalue()


def _libraries(program: Path) -> list[str]:
    linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [word for line in linked.splitlines() for word in line.split() if word.startswith("/")]


def test_the_process_runtime_runs_teeworlds(start_cloud: StartCloud, tmp_path: Path) -> None:
    write_folder(tmp_path / "teeworlds", base="scratch")
    check_teeworlds(start_cloud, "process", tmp_path / "teeworlds")


def test_the_docker_runtime_runs_teeworlds(
    base_image: str, start_cloud: StartCloud, tmp_path: Path
) -> None:
    write_folder(tmp_path / "teeworlds", base=base_image)
    check_teeworlds(start_cloud, "docker", tmp_path / "teeworlds")


def check_teeworlds(start_cloud: StartCloud, runtime: str, folder: Path) -> None:
    cloud = start_cloud(runtime=runtime)
    cloud.tool.ok(folder)
    (app,) = cloud.client().apps_v2.get_apps().applications
    client = cloud.client(app_id=app.app_id)
    (process,) = client.processes_v3.get_latest_processes()
    (room,) = client.rooms_v2.get_active_rooms_for_process(process_id=process.process_id)

    connection = client.rooms_v2.get_connection_info(room_id=room.room_id)
    assert connection.exposed_port is not None
    info = ask_server_info(connection.exposed_port.host, connection.exposed_port.port)
    assert info.version.startswith("0.7")
    assert info.name == room.room_id, "it knows its room from the environment it was given"
    assert (info.map, info.players) == ("dm1", 0)

    log = cloud.tool.ok("logs", process.process_id)
    assert f"server name is '{room.room_id}'" in log

    client.processes_v3.stop_process(process_id=process.process_id)
    wait_until(
        lambda: (
            client.processes_v3.get_process(process_id=process.process_id).status
            == ProcessStatus.STOPPED
        ),
        "the process has stopped",
    )
    with pytest.raises(TimeoutError):
        ask_server_info(connection.exposed_port.host, connection.exposed_port.port, patience=1)
