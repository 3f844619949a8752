"""A deploy that is killed, and started again."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.retry import RetryPolicy
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.errors import UploadError
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.settings import DeploySettings, UploadSettings
from hathora_deploy.pipeline.upload_session import upload_session
from tests.pipeline.proxy import Fault, FaultProxy
from tests.pipeline.reporter import RecordingReporter
from tests.serving import serving

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from tests.pipeline.small_parts import PART, SmallPartsCloud, small_parts_cloud

PARTS = 12
DOCKERFILE = 'FROM scratch\nEXPOSE 7777/udp\nCOPY . /\nCMD ["/bin/sh"]\n'
UPLOAD = UploadSettings(
    overlap_from=1,
    most_at_once=1,
    retries=RetryPolicy(max_attempts=2, initial_interval=0.001),
)


@pytest.fixture(scope="module")
def small_parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallPartsCloud]:
    with small_parts_cloud(tmp_path_factory.mktemp("small-parts") / "cloud") as cloud:
        yield cloud


class Deploys:
    """Deploys of one folder to one cloud, through a proxy that counts."""

    def __init__(self, small_parts: SmallPartsCloud, proxy: FaultProxy, place: Path) -> None:
        self.small_parts = small_parts
        self.proxy = proxy
        self.sessions = place / "uploads"
        self.direct = HathoraCloud(small_parts.token, endpoint=small_parts.endpoint)
        self.direct.app_id = self.direct.apps_v2.create_app(
            app_name=f"app-{os.urandom(4).hex()}", auth_configuration={}
        ).app_id
        self.state = place / "state"
        self.temporary = place / "temporary"
        self.temporary.mkdir()
        self.folder = place / "game"
        self.folder.mkdir()
        (self.folder / "Dockerfile").write_text(DOCKERFILE)
        (self.folder / "map").write_bytes(os.urandom(PARTS * PART - PART // 2))
        self.built = small_parts.built()
        self.reporter = RecordingReporter()

    def killed(self, moment: str, count: int = 1, *effort: str) -> None:
        """A deploy by a program of its own, which gets no further."""
        with self.begun(moment, count, *effort) as program:
            assert program.wait(60) == -signal.SIGKILL
        self.proxy.wait_until_left()

    def begun(self, moment: str, count: int = 1, *effort: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.pipeline.doomed", self.proxy.endpoint),
                *(str(self.direct.app_id), self.folder, moment, str(count), *effort),
            ],
            env={
                **os.environ,
                "HATHORA_TOKEN": self.small_parts.token.reveal(),
                "XDG_STATE_HOME": str(self.state),
                "XDG_CACHE_HOME": str(self.state),
                "TMPDIR": str(self.temporary),
            },
        )

    def again(self) -> None:
        """A deploy by this program."""
        with HathoraCloud(
            self.small_parts.token, app_id=self.direct.app_id, endpoint=self.proxy.endpoint
        ) as cloud:
            settings = DeploySettings(upload=UPLOAD, patience=Patience(undo=0.5))
            deploy(cloud, self.folder, settings=settings, reporter=self.reporter)

    def sent(self) -> int:
        return self.proxy.count("^PUT ")

    def require_all(self) -> None:
        """The folder was deployed as it is, nothing else is left, here or there."""
        (made,) = self.small_parts.built() - self.built
        assert (made / "root" / "map").read_bytes() == (self.folder / "map").read_bytes()
        builds = self.direct.builds_v3.get_builds().builds
        assert {build.status for build in builds} == {BuildStatus.SUCCEEDED}
        assert list(self.sessions.iterdir()) == []


@pytest.fixture
def deploys(
    small_parts: SmallPartsCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deploys]:
    with serving(FaultProxy(small_parts.endpoint)) as proxy:
        deploys = Deploys(small_parts, proxy, tmp_path)
        deploys.sessions = deploys.state / "hathora-deploy" / "uploads"
        monkeypatch.setattr(
            "hathora_deploy.pipeline.source_build.session_home", lambda: deploys.sessions
        )
        monkeypatch.setattr("tempfile.tempdir", str(deploys.temporary))
        yield deploys
        deploys.direct.close()


def test_a_deploy_that_was_killed_sends_only_the_parts_that_are_missing(deploys: Deploys) -> None:
    deploys.killed("uploaded", count=10)
    before = deploys.sent()
    deploys.again()
    deploys.require_all()
    (noted,) = re.findall(r"was ended: (\d+) parts have arrived", deploys.reporter.warnings[0])
    assert int(noted) >= 1
    assert deploys.sent() - before == PARTS - int(noted)
    assert deploys.proxy.count("^POST /builds/v3/builds$") == 1
    assert deploys.reporter.sent_bytes == deploys.reporter.total_bytes


def test_parts_that_were_packed_as_the_link_asked_for_are_packed_so_again(
    deploys: Deploys,
) -> None:
    """Over a faster link it was stored; the deploy that goes on has no reason to."""
    text = os.urandom(PARTS * PART - PART // 2).translate(bytes(value % 64 for value in range(256)))
    (deploys.folder / "map").write_bytes(text)
    deploys.killed("uploaded", 10, "STORED")
    before = deploys.sent()
    deploys.again()
    deploys.require_all()
    (noted,) = re.findall(r"was ended: (\d+) parts have arrived", deploys.reporter.warnings[0])
    assert int(noted) >= 1
    assert deploys.sent() - before == PARTS - int(noted)


@pytest.mark.parametrize(
    "moment",
    ["packaging", "packed", "uploading", "upload_complete", "building", "build_line", "built"],
)
def test_a_deploy_that_was_killed_at_any_moment_is_made_good_by_the_next(
    deploys: Deploys, moment: str
) -> None:
    deploys.killed(moment)
    deploys.again()
    deploys.require_all()
    assert not list(deploys.temporary.iterdir())


def test_a_deploy_that_was_killed_while_its_build_was_created_is_made_good_by_the_next(
    deploys: Deploys,
) -> None:
    deploys.proxy.faults = [Fault(r"^POST /builds/v3/builds$", is_unanswered=True)]
    with deploys.begun("undoing") as program:  # which is what it does next
        program.wait(60)
    deploys.again()
    deploys.require_all()


def test_a_part_that_is_another_by_now_is_sent_again(deploys: Deploys) -> None:
    """The content is the same, so the id is; packing may have come to other bytes."""
    deploys.killed("uploaded", count=10)
    (path,) = deploys.sessions.glob("*.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE part SET md5 = 'other' WHERE number = 2")
    deploys.again()
    deploys.require_all()
    assert deploys.proxy.count("^PUT /uploads/.*/2$") == 2
    assert deploys.proxy.count("^PUT /uploads/.*/1$") == 1


def test_an_upload_that_is_gone_by_now_is_begun_anew(deploys: Deploys) -> None:
    deploys.killed("uploaded", count=6)
    (build,) = [
        build
        for build in deploys.direct.builds_v3.get_builds().builds
        if build.status == BuildStatus.CREATED
    ]
    deploys.direct.builds_v3.delete_build(build_id=build.build_id)
    deploys.again()
    deploys.require_all()


def test_an_upload_whose_urls_are_refused_by_now_is_begun_anew(deploys: Deploys) -> None:
    deploys.killed("uploaded", count=6)
    deploys.proxy.faults = [Fault("^PUT ", refuse_with=403)]
    deploys.again()
    deploys.require_all()
    assert "cannot be gone on with" in deploys.reporter.warnings[-1]


def test_a_failure_whose_build_cannot_be_taken_back_is_gone_on_with(deploys: Deploys) -> None:
    deploys.proxy.faults = [
        Fault(r"^PUT /uploads/.*/8$", 99, is_lost=True),
        Fault("^DELETE ", 99, is_lost=True),
    ]
    with pytest.raises(UploadError):
        deploys.again()
    before = deploys.sent()
    deploys.proxy.faults = []
    deploys.again()
    deploys.require_all()
    assert deploys.sent() - before == PARTS - 7


def test_a_failure_leaves_no_session(deploys: Deploys) -> None:
    deploys.proxy.faults = [Fault(r"^PUT /uploads/.*/8$", 99, refuse_with=503)]
    with pytest.raises(UploadError):
        deploys.again()
    assert list(deploys.sessions.iterdir()) == []


def test_a_session_is_its_owners_and_shows_no_url(deploys: Deploys) -> None:
    deploys.killed("uploaded", count=6)
    (path, *_) = sorted(deploys.sessions.glob("*.db"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for file in deploys.sessions.iterdir():
        assert b"signature" not in file.read_bytes()
        assert deploys.small_parts.token.reveal().encode() not in file.read_bytes()
    deploys.again()
    deploys.require_all()


def test_two_deploys_at_once_share_no_session(deploys: Deploys, tmp_path: Path) -> None:
    home = tmp_path / "own"
    with upload_session(deploys.direct, "bld-1", home=home) as first:
        first.creating()
        with upload_session(deploys.direct, "bld-1", home=home) as second:
            assert not second.was_creating
            second.creating()
        with upload_session(deploys.direct, "bld-2", home=home) as other:
            assert not other.was_creating
    with upload_session(deploys.direct, "bld-1", home=home) as later:
        assert later.was_creating
        later.end()
    assert list(home.iterdir()) == []


def test_a_session_that_is_damaged_is_thrown_away(deploys: Deploys) -> None:
    with upload_session(deploys.direct, "bld-1", home=deploys.sessions) as session:
        session.creating()
    for path in deploys.sessions.glob("*.db"):
        path.write_bytes(b"no database" * 100)
    with upload_session(deploys.direct, "bld-1", home=deploys.sessions) as session:
        assert not session.was_creating
        session.creating()  # which is remembered nowhere, and no failure
    with upload_session(deploys.direct, "bld-1", home=deploys.sessions) as session:
        assert not session.was_creating
    assert list(deploys.sessions.iterdir()) == []


def test_another_token_finds_nothing_to_go_on_with(deploys: Deploys) -> None:
    deploys.killed("uploaded", count=6)
    stranger = HathoraCloud("another-token", endpoint=deploys.proxy.endpoint)
    builds = deploys.direct.builds_v3.get_builds().builds
    (build,) = [each for each in builds if each.status == BuildStatus.CREATED]
    with upload_session(stranger, build.build_id, home=deploys.sessions) as session:
        assert session.unfinished is None
    stranger.close()
    deploys.again()
    deploys.require_all()
