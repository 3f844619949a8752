"""Table of contents of a doctor: every check that is made, in the order in which it is told of."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from hathora_deploy.api.errors import Unauthorized
from hathora_deploy.cli import selection
from hathora_deploy.cli.command_scopes import scopes_of_commands
from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.cli.options import TargetSettings
from hathora_deploy.cli.settings_file import FileSettings
from hathora_deploy.cli.target import Choice, Target, choose, cloud_folder, way_out
from hathora_deploy.client.errors import TransportError
from hathora_deploy.client.hooks import Hooks
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.checks import (
    clock,
    disk,
    endpoint,
    folder,
    machine,
    proxies,
    revision,
    token,
)
from hathora_deploy.pipeline.checks.examination import Check, Found
from hathora_deploy.pipeline.checks.finding import Finding

SETTINGS: Final = "settings"
APP: Final = "app"
_COPIES: Final = 3
"""What a local cloud writes, by what is packed: the archive as it comes, whole, and unpacked."""


@dataclass(frozen=True)
class Patient:
    """What is looked at."""

    folder: Path
    is_folder_named: bool
    dockerfile: str | None
    settings: TargetSettings
    target: Target | None
    """None where no cloud can be asked."""
    refusal: HathoraError | None
    """Why not, but for a local cloud that does not run."""
    file: FileSettings | None
    file_error: HathoraError | None
    port_setting: str | None

    @property
    def is_local(self) -> bool:
        """Whether a deploy would go to the local cloud."""
        if self.target is not None:
            return self.target.is_local
        try:
            return choose(self.settings, os.environ) is Choice.LOCAL
        except SettingsError:
            return False


def checks_of(patient: Patient, *, timeout: float) -> Iterator[Check]:
    """Those that make sense; a call, and git, has a little less than ``timeout`` seconds."""
    patience = timeout * 0.8
    yield Check(machine.ABOUT, machine.check_machine)
    yield Check(SETTINGS, lambda: check_settings(patient.file, patient.file_error))
    yield Check(
        revision.ABOUT,
        lambda: revision.check_revision(patient.folder, environment=os.environ, timeout=patience),
    )
    yield Check(folder.ABOUT, lambda: check_folder(patient))
    if patient.refusal is not None:
        refused = Finding.of_error(endpoint.ABOUT, patient.refusal)
        yield Check(endpoint.ABOUT, lambda: refused)
    if patient.target is not None:
        call_timeout = min(patience, patient.settings.call_timeout)
        cloud = patient.target.cloud.with_options(timeout=call_timeout, hooks=Hooks())
        yield from _of_target(replace(patient.target, cloud=cloud), patient.folder)
    yield from _of_disks(patient)


def check_settings(file: FileSettings | None, error: HathoraError | None) -> Finding:
    """Whether hathora.toml is good for something."""
    if error is not None:
        return Finding.of_error(SETTINGS, error)
    if file is None:
        return Finding.ok(SETTINGS, "there is no hathora.toml: flags and variables alone count")
    return Finding.ok(SETTINGS, f"{file.path} can be read")


def check_folder(patient: Patient) -> Found:
    """A working folder that is none of a game server is no problem where nobody has named it."""
    try:
        return folder.check_folder(
            patient.folder, dockerfile=patient.dockerfile, port=patient.port_setting
        )
    except HathoraError as error:
        if patient.is_folder_named or patient.dockerfile:
            raise
        return [Finding.warning(folder.ABOUT, error.message, "hathora-deploy doctor PATH")]


def check_app(target: Target, place: Path) -> Finding:
    """Which app a deploy would go to. Raises SelectionError for one that is not there."""
    cloud = target.cloud
    if cloud.app_id:
        named = selection.app_named(cloud, cloud.app_id)
        return Finding.ok(APP, f"{named.app_name} ({named.app_id})")
    apps, name = cloud.apps_v2.get_apps().applications, selection.app_name(place)
    if target.is_local:
        is_known = any(app.app_name == name for app in apps)
        return Finding.ok(APP, name if is_known else f"{name}, which the first deploy makes")
    if len(apps) == 1:
        return Finding.ok(APP, f"{selection.listed(apps)}, the only one there is")
    if apps:
        what = f"none is named, and there are {selection.listed(apps)}"
        return Finding.problem(APP, what, f"export HATHORA_APP_ID={apps[0].app_id}")
    return Finding.problem(APP, "there is none yet", f"hathora-deploy apps create {name}")


def _of_target(target: Target, place: Path) -> Iterator[Check]:
    cloud = target.cloud

    def check_endpoint() -> Finding:
        try:
            return endpoint.check_endpoint(cloud)
        except TransportError as error:
            error.hint = way_out(target) or error.hint
            raise

    yield Check(endpoint.ABOUT, check_endpoint)
    yield Check(clock.ABOUT, _if_answered(clock.ABOUT, lambda: [clock.check_clock(cloud)]))
    if target.has_token:

        def check_token() -> Found:
            try:
                return token.check_token(cloud, needs=scopes_of_commands(), matters="deploy")
            except Unauthorized as error:
                return [Finding.problem(token.ABOUT, error.message, _login(target))]

        yield Check(
            token.ABOUT,
            _if_answered(token.ABOUT, check_token),
        )
        yield Check(APP, _if_answered(APP, lambda: [check_app(target, place)]))
    else:
        what = f"there is none for {cloud.endpoint}"
        missing = Finding.problem(token.ABOUT, what, _login(target))
        yield Check(token.ABOUT, lambda: missing)
    yield Check(
        proxies.ABOUT, lambda: proxies.check_proxies(cloud.endpoint, environment=os.environ)
    )


def _login(target: Target) -> str:
    return f"hathora-deploy login --endpoint {target.cloud.endpoint}"


def _if_answered(about: str, look: Callable[[], Found]) -> Callable[[], Found]:
    """Where nobody answers, the endpoint is the problem, and this is not known."""

    def looked() -> Found:
        try:
            return look()
        except TransportError:
            return [Finding.warning(about, "is not known, for the endpoint does not answer")]

    return looked


def _of_disks(patient: Patient) -> Iterator[Check]:
    """Where things are written, and the local cloud and the engine that write there."""

    @cache
    def packed() -> int:
        return folder.context_size(patient.folder, dockerfile=patient.dockerfile)

    yield Check(
        disk.ABOUT,
        lambda: disk.check_room(
            "where archives are packed",
            Path(tempfile.gettempdir()),
            needed=packed(),
            fix="export TMPDIR=FOLDER",
        ),
    )
    if sys.platform == "win32":
        return
    from hathora_deploy.cli import local_checks

    home, is_meant = cloud_folder(patient.settings.data_dir), patient.is_local
    yield Check(local_checks.CLOUD, lambda: local_checks.check_local_cloud(home, is_meant=is_meant))
    if is_meant:
        what_for = "where the local cloud keeps builds"
        yield Check(disk.ABOUT, lambda: disk.check_room(what_for, home, needed=packed() * _COPIES))
    yield Check(
        local_checks.DOCKER,
        lambda: local_checks.check_engine(packed=packed(), is_meant=is_meant),
    )
