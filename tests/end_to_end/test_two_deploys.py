"""Two deploys at once to one app, as two pipelines make them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from hathora_deploy.api.errors import NotFound
from hathora_deploy.client import HathoraCloud
from tests.end_to_end.conftest import OwnCloud, wait_until


def has_lease(client: HathoraCloud) -> bool:
    try:
        return bool(client.leases_v1.get_lease().holder)
    except NotFound:
        return False


def test_the_second_waits_for_the_first_or_fails_as_it_is_told(
    shared_cloud: OwnCloud, write_server: Callable[..., Path], tmp_path: Path
) -> None:
    first, second = (write_server("sleep 600", name=name, which=name) for name in ("one", "two"))
    client = shared_cloud.client()
    app = client.apps_v2.create_app(app_name=f"two-{uuid4()}", auth_configuration={})
    client.app_id = app.app_id
    line = ("--no-room", "--app-id", app.app_id)
    tool = shared_cloud.tool
    may_go = tmp_path / "may go"
    hook = f"until test -e '{may_go}'; do sleep 0.1; done"

    with tool.start(first, *line, "--after-build", hook) as slow:
        wait_until(lambda: has_lease(client), "the first deploy has the app")
        impatient = tool.run(second, *line, "--lock-timeout", "0", "-o", "json")
        with tool.start(second, *line) as patient:
            assert patient.stdout is not None
            said = ""
            while "  waiting " not in said:
                said += (line_of_it := patient.stdout.readline())
                assert line_of_it, said
            may_go.touch()
            slow.communicate()
            said += patient.stdout.read()

    assert impatient.returncode == 1
    error = json.loads(impatient.stdout)["error"]
    assert error["type"] == "AppBusyError"
    assert re.search(r"that of \S+ on \S+, which began \d+ s ago", error["message"])
    assert "  waiting " not in impatient.stderr
    assert slow.returncode == patient.returncode == 0, said
    assert re.search(r"^  waiting   for the deploy of \S+ on \S+ \(began \d+ s ago\)$", said, re.M)
    deployed = client.deployments_v3.get_deployments().deployments
    assert len(deployed) == 2
    assert deployed[0].deployment_id in said
    assert not has_lease(client)
