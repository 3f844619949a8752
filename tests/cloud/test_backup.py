"""A cloud is backed up while it works, and a cloud that works is made of the backup."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import backup, snapshot
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.backup import back_up, restore
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.errors import CloudError
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.snapshot import DamagedBackup
from hathora_deploy.cloud.state import builds
from hathora_deploy.cloud.state.builds import BuildRecord
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import (
    Running,
    build,
    deploy,
    eventually,
    game,
    running,
    some_name,
)
from tests.cloud.serving import served

__all__ = ["running"]  # the cloud that the tests of handlers have


@contextmanager
def restored(file: Path, folder: Path) -> Iterator[Running]:
    """A cloud of a backup, that runs."""
    settings = CloudSettings(folder, runtime="process", start_timeout=20, stop_grace=2)
    restore(settings, file)
    cloud = Cloud.open(settings)
    cloud.start()
    with served(create_app(cloud)) as endpoint:
        client = HathoraCloud(settings.token_file.read_text(), endpoint=endpoint)
        try:
            yield Running(cloud, endpoint, client)
        finally:
            client.close()
            cloud.close()


def test_a_backup_that_is_taken_under_load_restores_to_a_cloud_that_serves(
    running: Running, tmp_path: Path
) -> None:
    client = running.new_app()
    deployment = deploy(client, rooms_per_process=1000)
    lives = client.rooms_v2.create_room(region=Region.SEATTLE)
    own = running.client.organizations_v1.get_orgs().orgs[0].org_id
    token = running.client.tokens_v1.create_org_token(org_id=own, name=some_name()).plain_text_token
    is_over = threading.Event()
    troubles: list[Exception] = []

    def busily(work: Callable[[], object]) -> threading.Thread:
        def loop() -> None:
            while not is_over.is_set():
                try:
                    work()
                except Exception as error:  # noqa: BLE001 - told of below
                    troubles.append(error)
                    return

        thread = threading.Thread(target=loop)
        thread.start()
        return thread

    def come_and_go() -> None:
        built, _ = build(client, game())
        client.builds_v3.delete_build(build_id=built.build_id)

    threads = [
        busily(lambda: client.rooms_v2.create_room(region=Region.SEATTLE)),
        busily(come_and_go),
        busily(come_and_go),
    ]
    files = [tmp_path / f"backup-{number}.tar" for number in range(5)]
    try:
        for file in files:
            back_up(running.cloud.settings, file)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert troubles == []
    client.processes_v3.stop_process(process_id=lives.process_id)

    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        snapshot.check(file)
    with restored(files[-1], tmp_path / "new") as new:
        again = new.client_with(token.reveal(), app_id=client.app_id)
        assert again.deployments_v3.get_latest_deployment() == deployment
        gone = again.processes_v3.get_process(process_id=lives.process_id)
        assert gone.status == ProcessStatus.FAILED
        assert gone.summary_exit_reason == "its cloud was restored from a backup"
        room = again.rooms_v2.create_room(region=Region.SEATTLE)
        eventually(
            lambda: again.rooms_v2.get_connection_info(room_id=room.room_id),
            lambda info: info.status == "active",
        )
        assert build(again, game())[0].status == "succeeded"
        again.close()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("moment", ["_copy_database", "_add_archive", "_add_artifact"])
def test_a_build_that_was_deleted_while_it_was_copied_is_deleted_in_the_backup(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    built, _ = build(running.client, game())
    original = getattr(backup, moment)

    def and_delete(*args: Any) -> Any:
        result = original(*args)
        if not isinstance(args[-1], BuildRecord) or args[-1].build_id == built.build_id:
            running.client.builds_v3.delete_build(build_id=built.build_id)
        return result

    monkeypatch.setattr(backup, moment, and_delete)
    back_up(running.cloud.settings, tmp_path / "backup")
    restore(CloudSettings(tmp_path / "new"), tmp_path / "backup")
    with closing(sqlite3.connect(tmp_path / "new" / "cloud.db")) as database:
        ((deleted,),) = database.execute(
            "SELECT deleted_at FROM builds WHERE build_id = ?", (built.build_id,)
        ).fetchall()
    assert deleted is not None


@pytest.fixture
def file(running: Running, tmp_path: Path) -> Path:
    """A whole backup."""
    back_up(running.cloud.settings, tmp_path / "backup")
    return tmp_path / "backup"


@pytest.mark.parametrize("kept", [0, 1, 511, 512, 3000, -1, -600, -5000])
def test_a_backup_that_is_cut_short_is_refused_and_leaves_nothing(
    file: Path, tmp_path: Path, kept: int
) -> None:
    data = file.read_bytes()
    # A tar ends with blocks of zeros, which may be missing: the list is what counts.
    whole = data.rstrip(b"\0")
    cut = tmp_path / "cut"
    cut.write_bytes(whole[:kept])
    with pytest.raises(DamagedBackup):
        restore(CloudSettings(tmp_path / "new"), cut)
    assert not (tmp_path / "new").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "cut"]


def test_a_backup_with_a_byte_that_was_changed_is_refused(file: Path, tmp_path: Path) -> None:
    with tarfile.open(file) as tar:
        places = {info.name: info.offset_data for info in tar if info.isreg() and info.size}
    for name, place in list(places.items())[-4:]:
        data = bytearray(file.read_bytes())
        data[place] ^= 1
        changed = tmp_path / "changed"
        changed.write_bytes(data)
        with pytest.raises(DamagedBackup):
            restore(CloudSettings(tmp_path / "new"), changed)
        assert not (tmp_path / "new").exists(), name


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello " * 1000)
    with tarfile.open(tmp_path / "tar", "w") as tar:
        info = tarfile.TarInfo("../out")
        tar.addfile(info)
    for name in ("text", "tar"):
        with pytest.raises(DamagedBackup):
            restore(CloudSettings(tmp_path / "new"), tmp_path / name)
    assert not (tmp_path / "out").exists()
    with pytest.raises(CloudError, match="cannot be restored"):
        restore(CloudSettings(tmp_path / "new"), tmp_path / "absent")


def test_a_folder_that_holds_anything_is_not_restored_to(file: Path, tmp_path: Path) -> None:
    restore(CloudSettings(tmp_path / "new"), file)
    with pytest.raises(CloudError, match="is not empty"):
        restore(CloudSettings(tmp_path / "new"), file)
    (tmp_path / "empty").mkdir()
    restore(CloudSettings(tmp_path / "empty"), file)
    assert (tmp_path / "empty").stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "empty" / "token").exists()


def test_a_cloud_whose_state_is_elsewhere_is_refused_and_so_is_a_folder_without_one(
    file: Path, tmp_path: Path
) -> None:
    elsewhere = CloudSettings(tmp_path / "new", database=Secret("postgresql://u:p@host/d"))
    for refused in (lambda: back_up(elsewhere, tmp_path / "x"), lambda: restore(elsewhere, file)):
        with pytest.raises(CloudError, match="PostgreSQL"):
            refused()
    with pytest.raises(CloudError, match="there is no cloud"):
        back_up(CloudSettings(tmp_path / "none"), tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_backup_that_cannot_be_written_leaves_an_earlier_one_as_it_was(
    running: Running, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_make_single", fail)
    with pytest.raises(CloudError, match="No space left"):
        back_up(running.cloud.settings, file, overwrite=True)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def test_a_file_that_is_there_is_written_over_only_if_that_is_wanted(
    running: Running, file: Path, tmp_path: Path
) -> None:
    file.write_text("of last year")
    with pytest.raises(CloudError, match="backup exists already"):
        back_up(running.cloud.settings, file)
    assert file.read_text() == "of last year"
    (tmp_path / "latest").symlink_to(file)
    back_up(running.cloud.settings, tmp_path / "latest", overwrite=True)
    assert (tmp_path / "latest").is_symlink()
    snapshot.check(file)


def test_what_a_backup_that_was_killed_has_left_goes_with_the_next_and_what_is_written_stays(
    running: Running, tmp_path: Path
) -> None:
    program = (
        "import sys, pathlib, hathora_deploy.cloud.draft as draft\n"
        "with draft.draft_folder(pathlib.Path(sys.argv[1])) as folder:\n"
        "    (folder / 'database').write_text('secrets')\n"
        "    print(folder, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    words = [sys.executable, "-c", program, str(tmp_path / "backup")]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        left = Path(writer.stdout.readline().strip())
        back_up(running.cloud.settings, tmp_path / "backup")
        assert (left / "database").exists(), "somebody writes it"
        writer.kill()
        writer.wait()
    back_up(running.cloud.settings, tmp_path / "backup", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes of this kind")
def test_a_backup_takes_the_place_of_no_device(running: Running, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CloudError, match="pipe is no file"):
        back_up(running.cloud.settings, tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()


def test_what_is_elsewhere_is_counted(running: Running, tmp_path: Path) -> None:
    first = back_up(running.cloud.settings, tmp_path / "one")
    created = running.client.builds_v3.create_build(build_size_in_bytes=5)
    built, _ = build(running.client, game())
    with running.cloud.store.write() as connection:
        record = builds.get(connection, built.org_id, built.build_id)
        assert record is not None
        builds.change(connection, record.key, artifact="sha256:0123")
    second = back_up(running.cloud.settings, tmp_path / "two")
    assert second.builds == first.builds + 2
    assert second.elsewhere_archives == first.elsewhere_archives + 1
    assert second.elsewhere_artifacts == first.elsewhere_artifacts + 1
    running.client.builds_v3.delete_build(build_id=created.build_id)
    with running.cloud.store.write() as connection:
        builds.change(connection, record.key, artifact=record.artifact)
    running.client.builds_v3.delete_build(build_id=built.build_id)
