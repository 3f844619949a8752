"""What goes wrong is said in one clear message, with what to do next, and the exit code is not zero."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hathora_deploy.api.builds import BuildStatus
from tests.small_disk import leave_free, small_disk

from .conftest import EXAMPLE, Done, OwnCloud, StartCloud, Tool, is_alive, tool_for

WriteServer = Callable[..., Path]

FAILED, USAGE, BUILD_FAILED, START_FAILED = 1, 2, 3, 4


def assert_refused(done: Done, *said: str, code: int) -> None:
    """One error, one hint, no traceback; each of the texts is in them."""
    talk = done.stderr
    assert done.returncode == code, talk
    assert "Traceback" not in talk
    lines = talk.splitlines()
    (error,) = [line for line in lines if line.startswith("error: ")]
    (hint,) = [line for line in lines if line.startswith("hint: ")]
    for text in said:
        assert text in f"{error}\n{hint}", talk


def assert_nothing_was_made(cloud: OwnCloud, before: int) -> None:
    assert len(cloud.client().builds_v3.get_builds().builds) == before


@pytest.fixture
def builds_before(shared_cloud: OwnCloud) -> int:
    return len(shared_cloud.client().builds_v3.get_builds().builds)


def test_a_wrong_token(shared_cloud: OwnCloud) -> None:
    done = shared_cloud.tool.run(
        EXAMPLE, HATHORA_CLOUD_ENDPOINT=shared_cloud.endpoint, HATHORA_TOKEN="wrong-and-secret"
    )
    assert_refused(done, "token", code=FAILED)
    assert "wrong-and-secret" not in done.stderr + done.stdout


def test_an_endpoint_where_nobody_answers(tool: Tool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    done = tool.run(
        EXAMPLE, HATHORA_CLOUD_ENDPOINT=f"http://127.0.0.1:{port}", HATHORA_TOKEN="some-token"
    )
    talk = done.stderr
    assert done.returncode == FAILED
    assert f"127.0.0.1:{port}" in talk
    assert "Traceback" not in talk


def test_no_token_in_a_pipeline(tool: Tool) -> None:
    done = tool.run(EXAMPLE, CI="true")
    assert_refused(done, "HATHORA_TOKEN", code=USAGE)


def test_an_unknown_app(shared_cloud: OwnCloud, builds_before: int) -> None:
    done = shared_cloud.tool.run(EXAMPLE, "--app-id", "app-3f2b0000-0000-0000-0000-000000000000")
    assert_refused(done, "app-3f2b", "hathora-deploy apps", code=FAILED)
    assert_nothing_was_made(shared_cloud, builds_before)


def test_an_app_id_of_another_org(shared_cloud: OwnCloud, start_cloud: StartCloud) -> None:
    other = start_cloud("other")
    foreign = other.tool.json("apps", "create", "foreign")["appId"]
    done = shared_cloud.tool.run(EXAMPLE, "--app-id", foreign)
    assert_refused(done, foreign, code=FAILED)


def test_a_folder_without_a_dockerfile(
    shared_cloud: OwnCloud, builds_before: int, tmp_path: Path
) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "main.py").touch()
    done = shared_cloud.tool.run(tmp_path / "server")
    assert_refused(done, "Dockerfile", "hathora-deploy init", code=FAILED)
    assert_nothing_was_made(shared_cloud, builds_before)


def test_an_empty_folder(shared_cloud: OwnCloud, builds_before: int, tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    done = shared_cloud.tool.run(tmp_path / "server")
    assert_refused(done, str(tmp_path / "server"), code=FAILED)
    assert_nothing_was_made(shared_cloud, builds_before)


def test_a_folder_that_is_not_there(shared_cloud: OwnCloud, tmp_path: Path) -> None:
    done = shared_cloud.tool.run("deploy", tmp_path / "no-server")
    assert done.returncode != 0
    assert str(tmp_path / "no-server") in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unreadable_file(
    shared_cloud: OwnCloud, builds_before: int, write_server: WriteServer
) -> None:
    folder = write_server('["true"]', secret="s")
    (folder / "secret").chmod(0)
    tool = bound_by_permissions(shared_cloud.tool)
    assert_refused(tool.run(folder), "secret", code=FAILED)
    assert_nothing_was_made(shared_cloud, builds_before)


def bound_by_permissions(tool: Tool) -> Tool:
    """The tool without root's right to read every file."""
    if os.geteuid() != 0:
        return tool
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root reads every file, and setpriv is missing")
    return Tool(tool.environ, (setpriv, "--bounding-set=-dac_override,-dac_read_search"))


def test_a_port_in_use(tool: Tool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = tool.run("cloud", "start", "--port", str(port))
    assert_refused(done, str(port), "--port", code=FAILED)
    assert tool.run("cloud", "status").returncode != 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "small", 160) as place:
        yield place


def test_a_disk_that_is_full_where_the_cloud_lives(
    disk: Path, tmp_path: Path, write_server: WriteServer
) -> None:
    folder = write_server('["true"]')
    (folder / "level.bin").write_bytes(os.urandom(16 << 20))
    data_dir = disk / "cloud"
    tool = Tool({**tool_for(tmp_path / "roomy").environ, "HATHORA_DATA_DIR": str(data_dir)})
    cloud = OwnCloud(tool, data_dir)
    cloud.start("--runtime", "process")
    try:
        leave_free(disk, 8)
        assert_refused(tool.run(folder), "no room for the archive", code=FAILED)
        leave_free(disk, 40)
        assert_refused(tool.run(folder), code=BUILD_FAILED)
        leave_free(disk, 0)
        assert_refused(tool.run(folder), code=FAILED)
        assert is_alive(cloud.pid), "a full disk does not end the cloud"

        (disk / "filler").unlink()
        statuses = [build.status for build in cloud.client().builds_v3.get_builds().builds]
        assert set(statuses) <= {BuildStatus.FAILED}
        assert tool.run(folder).returncode == START_FAILED, "with room again, it is built"
    finally:
        cloud.stop()


def test_a_disk_that_is_full_where_the_archive_is_packed(
    disk: Path, shared_cloud: OwnCloud, write_server: WriteServer
) -> None:
    folder = write_server('["true"]')
    (folder / "level.bin").write_bytes(os.urandom(16 << 20))
    leave_free(disk, 8)
    done = shared_cloud.tool.run(folder, TMPDIR=str(disk))
    assert_refused(done, code=FAILED)
    assert [path.name for path in disk.iterdir()] == ["filler"]


def test_a_build_that_fails(shared_cloud: OwnCloud, write_server: WriteServer) -> None:
    folder = write_server('["true"]')
    (folder / "Dockerfile").write_text(
        'FROM debian\nRUN apt-get install -y game\nEXPOSE 7777/udp\nCMD ["game"]\n'
    )
    done = shared_cloud.tool.run(folder)
    assert_refused(done, code=BUILD_FAILED)
    assert "RUN" in done.stderr, "the log names the instruction"
    app = next(
        app
        for app in shared_cloud.client().apps_v2.get_apps().applications
        if app.app_name == "server"
    )
    deployments = shared_cloud.client(app_id=app.app_id).deployments_v3.get_deployments()
    assert not any(made.build_tag is None for made in deployments.deployments)


def test_a_server_that_exits_at_once(shared_cloud: OwnCloud, write_server: WriteServer) -> None:
    folder = write_server("echo no map named dm9; exit 3", name="quitter")
    done = shared_cloud.tool.run(folder)
    assert_refused(done, "exited with code 3", code=START_FAILED)
    assert "no map named dm9" in done.stderr, "its last words are shown"


def test_a_server_that_never_binds(shared_cloud: OwnCloud, write_server: WriteServer) -> None:
    folder = write_server("echo thinking; exec sleep 600", name="thinker")
    done = shared_cloud.tool.run(folder)
    assert_refused(done, "7777", code=START_FAILED)
    assert "thinking" in done.stderr
    running = shared_cloud.tool.json("processes", "--app-id", app_of(shared_cloud, "thinker"))
    assert [p for p in running["processes"] if p["status"] in ("starting", "running")] == []


def app_of(cloud: OwnCloud, name: str) -> str:
    apps = cloud.client().apps_v2.get_apps().applications
    return next(app.app_id for app in apps if app.app_name == name)
