"""CPU time of a Python program that calls the API once, next to the libraries it stands on."""

from __future__ import annotations

import sys
from functools import partial

from benchmarks.figures import Figure, in_turn, table
from benchmarks.help import cpu_seconds
from benchmarks.sdk import ABSENT, sdk_environ

ROUNDS = 15
LIBRARIES = "import requests, pydantic; pydantic.TypeAdapter(dict[str, int])"
ONE_OPERATION = """
from hathora_deploy.api.apps import GetApp
from hathora_deploy.api.wire import decode_result, encode
from hathora_deploy.client import HathoraCloud
HathoraCloud("token").apps_v2.get_app
encode(GetApp(app_id="app"))
decode_result(GetApp(app_id="app"), b'''{
  "appId": "app", "appName": "name", "appSecret": "secret", "authConfiguration": {},
  "serviceConfig": null, "orgId": "org", "createdBy": "me", "createdAt": "2026-01-02T03:04:05Z",
  "deletedAt": null, "deletedBy": null
}''')
"""
EVERY_RESOURCE = """
from functools import cached_property
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.resources import Resources
cloud = HathoraCloud("token")
for name, member in vars(Resources).items():
    if isinstance(member, cached_property):
        getattr(cloud, name)
"""
SDK = (
    'const { createRequire } = require("node:module");'
    'const { HathoraCloud } = createRequire(process.env.HATHORA_TS_SDK + "/package.json")'
    '("@hathora/cloud-sdk-typescript"); new HathoraCloud({ hathoraDevToken: "token" }).appsV2;'
)


def run() -> str:
    programs = {
        "python -c pass": (sys.executable, "-c", "pass"),
        "requests and pydantic alone": (sys.executable, "-c", LIBRARIES),
        "the client, one operation": (sys.executable, "-c", ONE_OPERATION),
        "the client, every resource": (sys.executable, "-c", EVERY_RESOURCE),
    }
    environ = sdk_environ()
    if environ is not None:
        programs |= {
            "node -e 0": ("node", "-e", "0"),
            "TypeScript SDK": ("node", "-e", SDK),
        }
    measures = {name: partial(cpu_seconds, *command) for name, command in programs.items()}
    samples = in_turn(measures, ROUNDS)
    figures = [Figure(name, values, "s") for name, values in samples.items()]
    return table("CPU time of a first call", figures, "" if environ is not None else ABSENT)
