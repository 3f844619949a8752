"""The type checker refuses a call or a handler that does not fit its operation, and only those."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mypy import api as mypy

ROOT = Path(__file__).parents[2]

CALLS = """
from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.lobbies import LobbyVisibility
from hathora_deploy.api.network import Region
from hathora_deploy.api.builds import GetBuild, RunBuild
from hathora_deploy.client import Err, HathoraCloud, Ok, RetryPolicy

cloud = HathoraCloud("token", app_id="app-1")
build: BuildV3 = cloud.builds_v3.get_build(build_id="b")
created = cloud.builds_v3.create_build(build_size_in_bytes=1, build_tag="t")
url: str = created.upload_parts[0].put_request_url.reveal()
for line in cloud.builds_v3.run_build(build_id="b").lines():
    line.upper()
cloud.lobbies_v3.create_lobby("player", visibility=LobbyVisibility.PUBLIC, region=Region.TOKYO)
cloud.apps_v2.delete_app()
for deployment in cloud.deployments_v3.deployments(app_id="a", deployment_tag="t"):
    deployment.deployment_id.upper()
patient = cloud.with_options(timeout=5, deadline=60, retries=RetryPolicy(statuses=(503, "5XX")))
patient.builds_v3.get_build(build_id="b").build_id.upper()
match cloud.try_call(GetBuild(build_id="b")):
    case Ok(found):
        found.build_id.upper()
    case Err(error):
        error.message.upper()
match cloud.try_call(RunBuild(build_id="b")):
    case Ok(stream):
        stream.lines()
cloud.execute(RunBuild(build_id="b")).lines()

cloud.with_options(timout=5)  # wrong: no such option
cloud.with_options(timeout="5")  # wrong: text for a number
HathoraCloud(timout=5)  # wrong: no such option
cloud.deployments_v3.deployments(tag="t")  # wrong: no such field
next(cloud.deployments_v3.deployments()).tag  # wrong: a deployment has no tag
cloud.try_call(GetBuild(build_id="b")).value  # wrong: it may be an error
cloud.execute(GetBuild(build_id="b")).lines()  # wrong: the result is a build
cloud.builds_v3.create_build()  # wrong: what is required is missing
cloud.builds_v3.create_build(build_size_in_bytes="1")  # wrong: text for a number
cloud.builds_v3.create_build(build_size_in_bytes=1, tag="t")  # wrong: no such field
cloud.builds_v3.get_build("b")  # wrong: fields are named
number: int = cloud.builds_v3.get_build(build_id="b")  # wrong: the result is a build
cloud.builds_v3.get_build(build_id="b").tag  # wrong: a build has no tag
cloud.builds_v3.run_build(build_id="b").status  # wrong: the result is a stream
cloud.builds_v3.publish_build(build_id="b")  # wrong: no such operation
cloud.rooms_v2.create_room(region="Tokyo")  # wrong: text for a region
cloud.lobbies_v3.create_lobby(visibility=LobbyVisibility.PUBLIC, region=Region.TOKYO)  # wrong: nobody's
cloud.apps_v2.delete_app().app_id  # wrong: there is no result
build.status = build.status  # wrong: values do not change
"""

AWAITED = """
from typing import Any

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.lobbies import LobbyVisibility
from hathora_deploy.api.network import Region
from hathora_deploy.api.apps import GetApps
from hathora_deploy.api.builds import GetBuild, RunBuild
from hathora_deploy.client import AsyncHathoraCloud, Err, Ok

async def calls(cloud: AsyncHathoraCloud) -> None:
    build: BuildV3 = await cloud.builds_v3.get_build(build_id="b")
    created = await cloud.builds_v3.create_build(build_size_in_bytes=1, build_tag="t")
    url: str = created.upload_parts[0].put_request_url.reveal()
    async with cloud.builds_v3.run_build(build_id="b") as stream:
        async for line in stream.lines():
            line.upper()
    opened = await cloud.builds_v3.run_build(build_id="b")
    await opened.close()
    await cloud.lobbies_v3.create_lobby(
        "player", visibility=LobbyVisibility.PUBLIC, region=Region.TOKYO
    )

    async for deployment in cloud.deployments_v3.deployments(app_id="a"):
        deployment.deployment_id.upper()
    match await cloud.with_options(timeout=5).try_call(GetBuild(build_id="b")):
        case Ok(found):
            found.build_id.upper()
        case Err(error):
            error.message.upper()
    match await cloud.try_call(RunBuild(build_id="b")):
        case Ok(stream):
            await stream.close()
    (await cloud.execute(GetApps())).applications[0].app_id.upper()
    (await cloud.execute(RunBuild(build_id="b"))).lines()

    await cloud.builds_v3.create_build()  # wrong: what is required is missing
    await cloud.builds_v3.get_build("b")  # wrong: fields are named
    number: int = await cloud.builds_v3.get_build(build_id="b")  # wrong: the result is a build
    cloud.builds_v3.get_build(build_id="b").status  # wrong: the result is awaited
    late: BuildV3 = cloud.builds_v3.get_build(build_id="b")  # wrong: the result is awaited
    cloud.builds_v3.run_build(build_id="b").lines()  # wrong: a stream is opened first
    for line in opened.lines():  # wrong: lines are awaited
        pass
    await cloud.builds_v3.publish_build(build_id="b")  # wrong: no such operation
    for deployment in cloud.deployments_v3.deployments():  # wrong: pages are awaited
        pass
    (await cloud.try_call(GetBuild(build_id="b"))).value  # wrong: it may be an error
"""

HANDLERS = """
from hathora_deploy.api.apps import DeleteApp
from hathora_deploy.api.builds import BuildV3, BuildsV3Page, GetBuild, GetBuilds
from hathora_deploy.api.operation import Route

class Context:
    pass

class Other:
    pass

def get_build(operation: GetBuild, context: Context) -> BuildV3:
    raise NotImplementedError(operation.build_id)

def get_builds(operation: GetBuilds, context: Context) -> BuildsV3Page:
    return BuildsV3Page(builds=[])

def get_nothing(operation: GetBuild, context: Context) -> None:
    return None

def get_alone(operation: GetBuild) -> BuildV3:
    raise NotImplementedError

def get_of_another(operation: GetBuild, context: Other) -> BuildV3:
    raise NotImplementedError

def delete_app(operation: DeleteApp, context: Context) -> None:
    print(operation.app_id)

routes: list[Route[Context]] = [
    GetBuild.served_by(get_build),
    GetBuilds.served_by(get_builds),
    DeleteApp.served_by(delete_app),
    GetBuild.served_by(get_builds),  # wrong: takes another operation
    GetBuild.served_by(get_nothing),  # wrong: returns another result
    GetBuild.served_by(get_alone),  # wrong: takes no context
    GetBuild.served_by(get_of_another),  # wrong: takes another context
    DeleteApp.served_by(get_build),  # wrong: returns a result where there is none
    GetBuild.served_by(get_build()),  # wrong: calls the handler
]

def misspelt(operation: GetBuild, context: Context) -> BuildV3:
    return operation.build  # wrong: no such field
"""


@pytest.mark.parametrize(
    "program", [CALLS, AWAITED, HANDLERS], ids=["calls", "awaited", "handlers"]
)
def test_each_mistake_is_found_and_nothing_else(program: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(program)
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--hide-error-context"]

    report, trouble, _ = mypy.run([*options, str(path)])

    assert trouble == ""
    found = {int(line) for line in re.findall(r"program\.py:(\d+): error", report)}
    lines = program.splitlines()
    wrong = {number for number, line in enumerate(lines, start=1) if "# wrong" in line}
    assert {n: lines[n - 1] for n in found ^ wrong} == {}, report
