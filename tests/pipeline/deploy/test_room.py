"""The room of a deploy, and the process that is to have it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import ConnectionError
from hathora_deploy.pipeline import room as room_module
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.errors import StartFailedError
from hathora_deploy.pipeline.settings import DeploySettings
from tests.pipeline.deploy.conftest import SEATTLE, assert_stopped
from tests.pipeline.proxy import Fault, FaultProxy
from tests.pipeline.reporter import RecordingReporter

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

NEVER_BINDS = "import time\nprint('thinking', flush=True)\ntime.sleep(600)\n"
EXITS = "import sys\nprint('no map named dust', flush=True)\nsys.exit(3)\n"


def test_a_process_that_exits_at_once_fails_the_deploy_with_its_last_words(
    attempt: Callable[..., Deployed], game: Path, direct: HathoraCloud
) -> None:
    (game / "game.py").write_text(EXITS)
    with pytest.raises(StartFailedError) as caught:
        attempt(SEATTLE)
    error = caught.value
    assert error.exit_reason
    assert any("no map named dust" in line for line in error.log)
    assert "no map named dust" in str(error)
    assert error.deployment_id == direct.deployments_v3.get_latest_deployment().deployment_id
    assert error.process_id in str(error.hint)


def test_a_process_that_never_binds_is_stopped_at_the_deadline(
    attempt: Callable[..., Deployed],
    game: Path,
    direct: HathoraCloud,
    reporter: RecordingReporter,
) -> None:
    (game / "game.py").write_text(NEVER_BINDS)
    with pytest.raises(StartFailedError, match=r"did not start within 4 s") as caught:
        attempt(DeploySettings(room_region=Region.SEATTLE, start_timeout=4))
    assert any("thinking" in line for line in caught.value.log)
    assert reporter.steps[-1].startswith("undoing room ")
    assert_stopped(direct)


def test_a_room_whose_creation_got_no_answer_is_taken_back_with_its_process(
    attempt: Callable[..., Deployed], proxy: FaultProxy, direct: HathoraCloud
) -> None:
    proxy.faults = [Fault(r"POST /rooms/.*/create$", is_unanswered=True)]
    with pytest.raises(ConnectionError):
        attempt(SEATTLE)
    assert_stopped(direct)


def test_a_process_with_rooms_of_others_outlives_ours(
    attempt: Callable[..., Deployed], direct: HathoraCloud
) -> None:
    done = attempt(DeploySettings(room_region=Region.SEATTLE, rooms_per_process=2))
    assert done.room is not None
    other = direct.rooms_v2.create_room(region=Region.SEATTLE)
    assert other.process_id == done.room.process_id
    room_module.close_room(direct, done.room.room_id)
    process = direct.processes_v3.get_process(process_id=other.process_id)
    assert process.status == ProcessStatus.RUNNING
    room_module.close_room(direct, other.room_id)
    assert_stopped(direct)
