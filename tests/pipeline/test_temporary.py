from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hathora_deploy.pipeline.temporary import private_folder

USER = """
from hathora_deploy.pipeline.temporary import private_folder
with private_folder() as home:
    (home / "context.tgz").write_bytes(bytes(1000))
    print(home, flush=True)
    input()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


@contextmanager
def user_of(place: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another program that uses a private folder until it is told to end, or killed."""
    with subprocess.Popen(
        [sys.executable, "-c", USER],
        env={**os.environ, "TMPDIR": str(place), "TEMP": str(place)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        try:
            yield program, Path(program.stdout.readline().strip())
        finally:
            program.kill()


def use() -> None:
    with private_folder():
        pass


def test_what_a_program_left_that_was_killed_is_removed_by_the_next(place: Path) -> None:
    with user_of(place) as (program, home):
        program.kill()
        program.wait()
        assert (home / "context.tgz").exists()
    use()
    assert list(place.iterdir()) == []


def test_what_another_program_uses_stays(place: Path) -> None:
    with user_of(place) as (program, home), user_of(place) as (_, other):
        assert home != other
        use()
        assert (home / "context.tgz").exists()
        assert (other / "context.tgz").exists()
        program.communicate("\n")
        assert not home.exists()
        use()
        assert (other / "context.tgz").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no program")
def test_what_a_program_uses_that_is_stopped_stays(place: Path) -> None:
    with user_of(place) as (program, home):
        os.kill(program.pid, signal.SIGSTOP)
        use()
        assert (home / "context.tgz").exists()


def test_what_another_thread_of_this_program_uses_stays(place: Path) -> None:
    with private_folder() as home:
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        (home / "context.tgz").write_bytes(b"")
        use()
        assert (home / "context.tgz").exists()
    assert list(place.iterdir()) == []


def test_what_is_not_known_to_be_ours_stays(place: Path) -> None:
    elsewhere = place / "elsewhere"
    for folder in (
        elsewhere,
        place / f"hathora-deploy-{'0' * 15}",
        place / f"hathora-deploy-{'1' * 16}-old",
        place / f"hathora-deploy-{'2' * 16}",
    ):
        folder.mkdir()
        (folder / "notes").write_text("mine")
    (elsewhere / "owner.db").touch()
    (place / f"hathora-deploy-{'3' * 16}").write_text("a file")
    before = {path.name for path in place.rglob("*")}
    use()
    assert {path.name for path in place.rglob("*")} == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes no links unasked")
def test_a_link_to_a_folder_is_not_followed(place: Path) -> None:
    (place / "mine").mkdir()
    (place / "mine" / "owner.db").touch()
    (place / "mine" / "notes").write_text("mine")
    (place / f"hathora-deploy-{'4' * 16}").symlink_to("mine")
    use()
    assert (place / "mine" / "notes").exists()


def test_many_who_sweep_at_once_disturb_nobody(place: Path) -> None:
    """Each begins as others end, and finds its folder there until it leaves it."""
    failures: list[BaseException] = []

    def use_often() -> None:
        try:
            for number in range(40):
                with private_folder() as home:
                    (home / "context.tgz").write_bytes(bytes(number))
                    assert (home / "context.tgz").stat().st_size == number
        except BaseException as error:  # noqa: BLE001  # raised again below
            failures.append(error)

    threads = [threading.Thread(target=use_often) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert list(place.iterdir()) == []
