"""Two deploys at once to one app, as two pipelines make them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

from hathora_deploy.api.errors import NotFound
from hathora_deploy.client import HathoraCloud
from tests.end_to_end.conftest import OwnCloud, wait_until


def has_lease(client: HathoraCloud) -> bool:
    try:
        return bool(client.leases_v1.get_lease().holder)
    except NotFound:
        return False


def test_the_second_waits_for_the_first_or_fails_as_it_is_told(
    shared_cloud: OwnCloud, write_server: Callable[..., Path]
) -> None:
    first, second = (write_server("sleep 600", name=name, which=name) for name in ("one", "two"))
    (first / "map").write_bytes(os.urandom(2 << 20))
    client = shared_cloud.client()
    app = client.apps_v2.create_app(app_name="two-deploys", auth_configuration={})
    client.app_id = app.app_id
    line = ("--no-room", "--app-id", app.app_id)
    tool = shared_cloud.tool

    with tool.start(first, *line, "--limit-rate", "400K") as slow:
        wait_until(lambda: has_lease(client), "the first deploy has the app")
        impatient = tool.run(second, *line, "--lock-timeout", "0", "-o", "json")
        patient = tool.run(second, *line)
        slow.communicate()

    assert impatient.returncode == 1
    error = json.loads(impatient.stdout)["error"]
    assert error["type"] == "AppBusyError"
    assert re.search(r"that of \S+ on \S+, which began \d+ s ago", error["message"])
    assert "  waiting " not in impatient.stderr
    assert slow.returncode == patient.returncode == 0, patient.stderr
    assert re.search(
        r"^  waiting   for the deploy of \S+ on \S+ \(began \d+ s ago\)$", patient.stderr, re.M
    )
    deployed = client.deployments_v3.get_deployments().deployments
    assert len(deployed) == 2
    assert deployed[0].deployment_id in patient.stdout
    assert not has_lease(client)
