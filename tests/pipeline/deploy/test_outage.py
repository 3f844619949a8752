"""A cloud that is away for a while is borne with, as long as is said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from hathora_deploy.api.errors import ServiceUnavailable
from hathora_deploy.api.network import Region
from hathora_deploy.pipeline.deployed import Deployed
from hathora_deploy.pipeline.errors import VerifyFailedError
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.probe import Probe
from hathora_deploy.pipeline.settings import DeploySettings
from hathora_deploy.pipeline.verification import Verification
from tests.pipeline.deploy.conftest import SEATTLE
from tests.pipeline.proxy import Fault, FaultProxy

if sys.platform == "win32":
    pytest.skip("the cloud runs on Linux and macOS", allow_module_level=True)

TRIED = DeploySettings(verification=Verification((Probe.named("udp"),), Region.SEATTLE))


def test_questions_that_get_no_answer_for_a_while_are_asked_again(
    attempt: Callable[..., Deployed], proxy: FaultProxy
) -> None:
    proxy.faults = [
        Fault(r"GET /processes", refuse_with=429),
        Fault(r"GET /processes", is_lost=True),
        Fault(r"connectioninfo", refuse_with=500, times=2),
        Fault(r"connectioninfo", is_lost=True),
    ]
    assert attempt(SEATTLE).room is not None
    assert all(fault.times == 0 for fault in proxy.faults)


@pytest.mark.parametrize(
    ("at", "after", "settings"),
    [
        ("/acquire$", None, DeploySettings()),
        ("GET /builds/", None, DeploySettings()),
        ("GET /builds/", "/run$", DeploySettings()),
        ("/renew$", None, DeploySettings()),
        ("connectioninfo", None, SEATTLE),
        ("GET /processes/", "/regions/Seattle$", TRIED),
    ],
)
def test_a_cloud_is_away_no_longer_than_it_may_be(
    attempt: Callable[..., Deployed],
    proxy: FaultProxy,
    at: str,
    after: str | None,
    settings: DeploySettings,
) -> None:
    # Where nobody says for how long, so few are passed over.
    away = Fault(at, times=3, refuse_with=503)
    begin = Fault(after or "", meanwhile=lambda: proxy.faults.append(away))
    proxy.faults = [begin if after else away]
    with pytest.raises((ServiceUnavailable, VerifyFailedError)):
        attempt(replace(settings, patience=Patience(outage=0)))
    assert away.times < 3
