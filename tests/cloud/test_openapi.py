from __future__ import annotations

import json
import subprocess
import sys

import requests

from hathora_deploy import __version__
from hathora_deploy.api.catalog import ALL
from hathora_deploy.cloud.daemon import RunningCloud


def test_the_cloud_describes_its_api_to_anybody(local_cloud: RunningCloud) -> None:
    answer = requests.get(f"{local_cloud.endpoint}/openapi.json")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    described = answer.json()
    assert described["openapi"] == "3.1.0"
    assert described["info"]["version"] == __version__
    names = {
        operation["operationId"]
        for item in described["paths"].values()
        for operation in item.values()
    }
    assert names == ALL.keys()
    assert requests.get(f"{local_cloud.endpoint}/openapi.json").content == answer.content


def test_nothing_of_the_description_is_loaded_before_it_is_asked_for() -> None:
    script = (
        "import json, sys, hathora_deploy.cloud.server\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('hathora_deploy.api')]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout)
    assert "hathora_deploy.api.operation" in loaded
    assert "hathora_deploy.api.openapi" not in loaded
