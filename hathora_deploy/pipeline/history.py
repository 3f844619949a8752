"""The deployments of an app, newest first, and what still runs of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

from hathora_deploy.api.apps import Application
from hathora_deploy.api.builds import BuildV3
from hathora_deploy.api.deployments import DeploymentV3, GetDeployments
from hathora_deploy.api.errors import Forbidden, NotFound, Unauthorized
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.authors import author_names
from hathora_deploy.pipeline.running import Load, Running, load_by, read_running

AnswerT = TypeVar("AnswerT")

_FEW: Final = 25
"""Builds that are asked for one by one."""


@dataclass(frozen=True)
class PastDeployment:
    """A deployment as the history knows it; ``load`` is None where the token may not see it."""

    deployment: DeploymentV3
    author: str
    is_live: bool
    """Whether new rooms use it."""
    image_size: int | None
    """Bytes of its build; None where the build is deleted, or the token may not see it."""
    load: Load | None


@dataclass(frozen=True)
class History:
    """The newest deployments of an app."""

    deployments: tuple[PastDeployment, ...]
    older: Load
    """What still runs of deployments that are older than these."""
    unlisted: int = 0
    """How many processes run that the cloud does not list."""
    hidden: tuple[str, ...] = ()
    """What the token may not see."""


def read_history(cloud: HathoraCloud, app: Application, *, limit: int) -> History:
    """Asks for as many pages as hold ``limit`` deployments, for their builds, and for what runs."""
    pages = cloud.iterate(GetDeployments(app_id=app.app_id), lambda page: page.deployments)
    deployments = tuple(islice(pages, limit))
    build_ids = {each.build_id for each in deployments}
    builds = _allowed(lambda: _builds(cloud, app.org_id, build_ids))
    running = _allowed(lambda: read_running(cloud, app.app_id))
    names = author_names(cloud, app.org_id, (each.created_by for each in deployments))
    return history_of(deployments, builds=builds, running=running, names=names)


def history_of(
    deployments: Sequence[DeploymentV3],
    *,
    builds: Sequence[BuildV3] | None,
    running: Running | None,
    names: Mapping[str, str],
) -> History:
    """The newest of all ``deployments`` comes first; what is None, the token may not see."""
    sizes = {build.build_id: build.image_size for build in builds or ()}
    processes = running.processes if running else ()
    loads = load_by(lambda process: process.deployment_id, processes)
    shown = {each.deployment_id for each in deployments}
    hidden = {"builds": builds is None, "processes": running is None}
    return History(
        deployments=tuple(
            PastDeployment(
                each,
                author=names.get(each.created_by, each.created_by),
                is_live=number == 0,
                image_size=sizes.get(each.build_id),
                load=loads.get(each.deployment_id, Load()) if running else None,
            )
            for number, each in enumerate(deployments)
        ),
        older=sum((load for key, load in loads.items() if key not in shown), Load()),
        unlisted=running.unlisted if running else 0,
        hidden=tuple(what for what, is_hidden in hidden.items() if is_hidden),
    )


def _builds(cloud: HathoraCloud, org_id: str, build_ids: Set[str]) -> list[BuildV3]:
    """Those that are not deleted. All builds of an organization may be many, for few that matter."""
    if len(build_ids) > _FEW:
        return cloud.builds_v3.get_builds(org_id=org_id).builds
    found = []
    for build_id in build_ids:
        with suppress(NotFound):
            found.append(cloud.builds_v3.get_build(build_id=build_id, org_id=org_id))
    return found


def _allowed(ask: Callable[[], AnswerT]) -> AnswerT | None:
    """The answer; None where the token lacks the scope."""
    try:
        return ask()
    except (Unauthorized, Forbidden):
        return None
