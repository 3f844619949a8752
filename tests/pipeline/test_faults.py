"""Deploys over a network that breaks: what is deployed is the tree, byte for byte, or nothing is.

Each case is made of its number. ``HATHORA_FAULT_CASES=5000`` runs more of them than there are by default,
``HATHORA_FAULT_CASE=1234`` one alone.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.retry import RetryPolicy
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline import deployment as deployment_module, undo as undo_module
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.errors import ArchiveError
from hathora_deploy.pipeline.settings import DeploySettings, UploadSettings
from tests.pipeline.proxy import Fault, FaultProxy
from tests.pipeline.reporter import RecordingReporter
from tests.serving import serving
from tests.small_disk import small_disk

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

from tests.pipeline.small_parts import PART, SmallPartsCloud, small_parts_cloud

ALONE = os.environ.get("HATHORA_FAULT_CASE")
CASES = [int(ALONE)] if ALONE else range(int(os.environ.get("HATHORA_FAULT_CASES", "200")))
ATTEMPTS = 4
PUT, JOIN = r"^PUT /uploads", r"^POST /uploads/.*/complete$"
DEPLOY = r"^POST /deployments/v3/apps/[^/]+/deployments$"
CREATE, RUN, GET = r"^POST /builds/v3/builds$", r"^POST .*/run$", r"^GET /builds"
DOCKERFILE = 'FROM scratch\nEXPOSE 7777/udp\nCOPY . /\nCMD ["/bin/sh"]\n'


@pytest.fixture(scope="module")
def small_parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallPartsCloud]:
    with small_parts_cloud(tmp_path_factory.mktemp("small-parts") / "cloud") as cloud:
        yield cloud


@pytest.fixture
def app_id(small_parts: SmallPartsCloud) -> str:
    with HathoraCloud(small_parts.token, endpoint=small_parts.endpoint) as cloud:
        name = f"faults-{os.urandom(4).hex()}"
        return cloud.apps_v2.create_app(app_name=name, auth_configuration={}).app_id


@dataclass(frozen=True)
class Case:
    """What is deployed, how, and what happens to it. ``is_survivable`` if a deploy has to get over it."""

    tree: dict[str, bytes]
    settings: UploadSettings
    faults: list[Fault]
    is_survivable: bool


def case_of(number: int) -> Case:
    chance = random.Random(number)
    # With its number, or a case would be deployed by the build of an earlier one.
    tree = {"Dockerfile": DOCKERFILE.encode(), "number": str(number).encode()}
    for index in range(chance.randrange(1, 12)):
        size = chance.choice((0, 1, 511, 512, 513, PART, chance.randrange(4 * PART)))
        noise = chance.random() < 0.7
        content = chance.randbytes(size) if noise else b"wall" * (size // 4)
        tree["/".join(["maps"] * chance.randrange(3) + [f"file-{index}"])] = content
    faults, is_survivable, hangs = [], True, False
    for _ in range(chance.randrange(1, 4)):
        fault, passes = fault_of(chance)
        faults.append(fault)
        hangs = hangs or fault.stops_reading or fault.stops_answering
        # Faults of one request add up, and it has a number of attempts.
        is_survivable = is_survivable and passes
    is_survivable = is_survivable and sum(map(failures, faults)) < ATTEMPTS
    settings = UploadSettings(
        overlap_from=chance.choice((1, 1 << 30)),
        most_at_once=chance.choice((1, 2, 4, 16)),
        rate_limit=chance.choice((None, None, None, 4e6)),
        retries=RetryPolicy(
            # What is only slow is taken for what hangs where the machine has much else to do.
            max_attempts=4 * ATTEMPTS if hangs else ATTEMPTS,
            initial_interval=0.001,
            max_interval=0.01,
        ),
        stall_window=0.5 if hangs else 30.0,
        answer_timeout=0.5 if hangs else 30.0,
        join_timeout=0.5 if hangs else 30.0,
        least_rate=1.0,
    )
    return Case(tree, settings, faults, is_survivable)


def failures(fault: Fault) -> int:
    """The attempts of one request that it can spoil."""
    is_harmless = fault.is_doubled or fault.is_repeated_late or fault.is_overtaken or fault.delay
    return 0 if is_harmless else fault.times


def fault_of(chance: random.Random) -> tuple[Fault, bool]:
    """A fault, and whether a deploy gets over it when it does not come too often."""
    request = chance.choice((PUT, PUT, PUT, JOIN))
    times = chance.choice((1, 1, 1, 1, 2, 2, 99))
    position = chance.randrange(PART)
    date = chance.choice((None, "0", "1", "Wed, 21 Oct 2015 07:28:00 GMT", "soon"))
    kinds: list[Callable[[], Fault]] = [
        lambda: Fault(request, times, is_lost=True),
        lambda: Fault(request, times, is_reset=True),
        lambda: Fault(request, times, is_unanswered=True),
        lambda: Fault(request, times, headers_cut_after=position % 150),
        lambda: Fault(PUT, times, body_cut_after=position),
        lambda: Fault(PUT, times, flips=position),
        lambda: Fault(PUT, times, etag='"0123456789abcdef0123456789abcdef"'),
        lambda: Fault(request, times, is_doubled=True),
        lambda: Fault(request, times, is_repeated_late=True),
        lambda: Fault(PUT, min(times, 2), is_overtaken=True),
        lambda: Fault(request, times, delay=chance.choice((0.001, 0.02))),
        lambda: Fault(
            request, times, refuse_with=chance.choice((408, 429, 500, 503)), retry_after=date
        ),
        lambda: Fault(request, min(times, 2), stops_reading=True),
        lambda: Fault(request, min(times, 2), stops_answering=True),
        lambda: Fault(RUN, 1, cut_after=position % 60),
        lambda: Fault(GET, 1, refuse_with=503),
        lambda: Fault(DEPLOY, min(times, 2), is_lost=True),
        lambda: Fault(DEPLOY, min(times, 2), is_reset=True),
        lambda: Fault(DEPLOY, min(times, 2), is_unanswered=True),
        lambda: Fault(DEPLOY, min(times, 2), cut_after=position % 300),
        lambda: Fault(DEPLOY, min(times, 2), headers_cut_after=position % 150),
        lambda: Fault(DEPLOY, min(times, 2), is_doubled=True),
        lambda: Fault(DEPLOY, min(times, 2), is_repeated_late=True),
        lambda: Fault(DEPLOY, min(times, 2), refuse_with=chance.choice((429, 500, 503))),
    ]
    fatal: list[Callable[[], Fault]] = [
        lambda: Fault(JOIN, times, flips=position),
        lambda: Fault(PUT, times, refuse_with=403),
        lambda: Fault(request, times, refuse_with=chance.choice((400, 404, 501))),
        lambda: Fault(PUT, times, etag="opaque"),  # which the completion then names
        lambda: Fault(CREATE, times, is_unanswered=True),
        lambda: Fault(CREATE, 1, is_lost=True),
        lambda: Fault(CREATE, times, refuse_with=chance.choice((422, 500))),
        lambda: Fault(RUN, 1, is_lost=True),
        lambda: Fault(DEPLOY, times, refuse_with=chance.choice((400, 404, 422))),
        lambda: Fault(DEPLOY, 99, refuse_with=503),
        lambda: Fault(DEPLOY, 99, is_lost=True),
    ]
    if chance.random() < 0.1:
        return chance.choice(fatal)(), False
    return chance.choice(kinds)(), True


class Attempt:
    """A deploy through a proxy of its own, and what it left."""

    def __init__(self, small_parts: SmallPartsCloud, app_id: str, folder: Path, case: Case) -> None:
        self.small_parts = small_parts
        self.case = case
        self.reporter = RecordingReporter()
        self.deployed: Deployed | None = None
        self.direct = HathoraCloud(small_parts.token, app_id=app_id, endpoint=small_parts.endpoint)
        self.folder = folder
        for name, content in case.tree.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.before = self.state()
        self.archives = small_parts.archives()
        self.built = small_parts.built()

    def state(self) -> tuple[set[str], set[str]]:
        builds = {
            build.build_id
            for build in self.direct.builds_v3.get_builds().builds
            if build.status != BuildStatus.SUCCEEDED
        }
        deployments = self.direct.deployments_v3.get_deployments().deployments
        return builds, {each.deployment_id for each in deployments}

    def run(self, *, force: bool = True) -> HathoraError | None:
        """What it failed with, if it did."""
        with serving(FaultProxy(self.small_parts.endpoint)) as proxy:
            proxy.faults = self.case.faults
            cloud = HathoraCloud(
                self.small_parts.token,
                app_id=self.direct.app_id,
                endpoint=proxy.endpoint,
                timeout=20,
            )
            try:
                # Some trees come twice, and are to be sent twice.
                settings = DeploySettings(upload=self.case.settings, force=force)
                self.deployed = deploy(
                    cloud, self.folder, settings=settings, reporter=self.reporter
                )
            except HathoraError as error:
                return error
            finally:
                cloud.close()
        return None

    def require_all(self) -> None:
        """The tree was deployed, whole and once, and nothing else is left.

        Where the network itself makes two calls of one, there is one deployment more.
        """
        assert self.deployed is not None
        (built,) = self.small_parts.built() - self.built
        root = built / "root"
        found = {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file()
        }
        assert found == self.case.tree
        builds, deployments = self.state()
        assert builds == self.before[0]
        made = deployments - self.before[1]
        assert self.deployed.deployment.deployment_id in made
        assert len(made) == 1 or (len(made) == 2 and self.network_doubles_deployments)
        assert self.build_ids(made) == {self.deployed.build.build_id}

    @property
    def network_doubles_deployments(self) -> bool:
        return any(
            fault.request == DEPLOY and (fault.is_doubled or fault.is_repeated_late)
            for fault in self.case.faults
        )

    def build_ids(self, deployments: set[str]) -> set[str]:
        listed = self.direct.deployments_v3.get_deployments().deployments
        return {each.build_id for each in listed if each.deployment_id in deployments}

    def require_nothing(self) -> None:
        """No deployment, no upload; no build, or a whole one where it was to be deployed."""
        assert self.reporter.warnings == [] or "taken back" not in self.reporter.warnings[-1]
        assert self.state() == self.before
        made = self.small_parts.built() - self.built
        assert len(made) == ("built" in self.reporter.steps)
        if not made:
            assert self.small_parts.archives() == self.archives


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setattr(undo_module, "ON_ITS_WAY", 0.3)
    monkeypatch.setattr(deployment_module, "ON_ITS_WAY", 0.3)
    monkeypatch.setattr(
        deployment_module, "_RETRIES", RetryPolicy(max_attempts=5, initial_interval=0.001)
    )
    return folder


@pytest.mark.parametrize("number", CASES)
def test_all_of_the_tree_is_deployed_or_nothing(
    small_parts: SmallPartsCloud, app_id: str, temporary: Path, tmp_path: Path, number: int
) -> None:
    case = case_of(number)
    attempt = Attempt(small_parts, app_id, tmp_path / "game", case)
    error = attempt.run()
    try:
        if error is None:
            attempt.require_all()
        else:
            attempt.require_nothing()
            assert not case.is_survivable, f"it should have got over it: {error}"
        assert list(temporary.iterdir()) == []
    except BaseException:
        sys.stdout.write(
            f"again, alone: HATHORA_FAULT_CASE={number} pytest {Path(__file__).name}\n"
        )
        sys.stdout.write(f"{error!r}\n{case.faults}\n{case.settings}\n")
        raise


def test_most_cases_are_to_end_well_and_many_are_not() -> None:
    survivable = sum(case_of(number).is_survivable for number in range(200))
    assert 100 < survivable < 180


def plain_case(*sizes: int, overlap_from: int = 1) -> Case:
    noise = random.Random(str(sizes))
    tree = {f"file-{index}": noise.randbytes(size) for index, size in enumerate(sizes)}
    settings = UploadSettings(overlap_from=overlap_from)
    return Case({"Dockerfile": DOCKERFILE.encode(), **tree}, settings, [], is_survivable=True)


def test_a_disk_that_is_full_while_parts_are_on_their_way_leaves_nothing(
    small_parts: SmallPartsCloud,
    app_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempt = Attempt(small_parts, app_id, tmp_path / "game", plain_case(3 << 20))
    with small_disk(tmp_path / "full", 1) as place:
        monkeypatch.setattr("tempfile.tempdir", str(place))
        error = attempt.run()
        assert isinstance(error, ArchiveError)
        assert "no room" in error.message
        assert list(place.iterdir()) == []
    attempt.require_nothing()


def test_a_clock_that_jumps_changes_nothing(
    small_parts: SmallPartsCloud,
    app_id: str,
    temporary: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right, chance = time.time, random.Random(5)
    monkeypatch.setattr(time, "time", lambda: right() + chance.uniform(-1e8, 1e8))
    attempt = Attempt(small_parts, app_id, tmp_path / "game", plain_case(20 * PART))
    attempt.case.faults.append(Fault(PUT, 3, refuse_with=503, retry_after="0"))
    assert attempt.run() is None
    attempt.require_all()


def test_an_earlier_deployment_of_the_same_is_not_taken_for_one_that_was_lost(
    small_parts: SmallPartsCloud, app_id: str, temporary: Path, tmp_path: Path
) -> None:
    case = plain_case(PART)
    case.tree["app"] = app_id.encode()
    earlier = Attempt(small_parts, app_id, tmp_path / "game", case)
    assert earlier.run(force=False) is None
    case.faults.append(Fault(DEPLOY, is_lost=True))
    again = Attempt(small_parts, app_id, tmp_path / "game", case)
    assert again.run(force=False) is None
    assert earlier.deployed is not None
    assert again.deployed is not None
    assert again.deployed.is_reused
    made = again.state()[1] - again.before[1]
    assert made == {again.deployed.deployment.deployment_id}
    assert earlier.deployed.deployment.deployment_id not in made


@pytest.mark.parametrize("days", [3, -3])
def test_a_clock_of_the_cloud_that_jumps_costs_an_upload_at_most(
    small_parts: SmallPartsCloud, app_id: str, temporary: Path, tmp_path: Path, days: int
) -> None:
    """Upload URLs are good for some hours, and none is good before it was signed."""

    def jump() -> None:
        small_parts.set_clock(days * 24 * 3600.0)

    case = plain_case(8 * PART)
    case.tree["days"] = str(days).encode()
    case.faults.append(Fault(r"^PUT /uploads/.*/5$", meanwhile=jump))
    attempt = Attempt(small_parts, app_id, tmp_path / "game", case)
    try:
        assert attempt.run() is None
        attempt.require_all()
    finally:
        small_parts.set_clock(0)
    assert "the upload URLs have expired" in attempt.reporter.warnings[-1]
