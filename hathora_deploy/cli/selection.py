"""Which app, organization or process a command is about, where nobody named it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import click

from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.cli.command import file_settings
from hathora_deploy.cli.errors import SelectionError

if TYPE_CHECKING:
    from hathora_deploy.api.apps import Application
    from hathora_deploy.cli.output import Output
    from hathora_deploy.cli.target import Target
    from hathora_deploy.client import HathoraCloud

FoundT = TypeVar("FoundT")


def app_to_deploy(target: Target, folder: Path, output: Output) -> Application:
    """The app that was named; else, on the local cloud, the one of the folder's name, made if
    there is none; else the only one there is."""
    cloud = target.cloud
    if cloud.app_id or not target.is_local:
        return the_app(target, output)

    name = app_name(folder)
    found = _of_name(cloud, name)
    if found is not None:
        # Said, because a folder of the same name elsewhere has the same app.
        output.say(f"  app       {name}: {found.app_id}")
    else:
        found = _made_or_found(cloud, name)
        output.say(f"  app       {name}, new: {found.app_id}")
    cloud.app_id = found.app_id
    return found


def app_if_any(target: Target, folder: Path, output: Output) -> Application | None:
    """The app that ``app_to_deploy`` would take; None where it would make one."""
    if target.cloud.app_id or not target.is_local:
        return the_app(target, output)
    found = _of_name(target.cloud, app_name(folder))
    target.cloud.app_id = found.app_id if found else None
    return found


def _of_name(cloud: HathoraCloud, name: str) -> Application | None:
    apps = cloud.apps_v2.get_apps().applications
    return next((app for app in apps if app.app_name == name), None)


def _made_or_found(cloud: HathoraCloud, name: str) -> Application:
    """A new app, or the one that another deploy has made in the same moment."""
    try:
        return new_app(cloud, name)
    except UnprocessableEntity:
        found = _of_name(cloud, name)
        if found is None:
            raise
        return found


def the_app(target: Target, output: Output) -> Application:
    """The app that was named; else the only one; else, on the local cloud, the one named after the
    working folder. It becomes the one that calls are about."""
    cloud = target.cloud
    if cloud.app_id:
        named = app_named(cloud, cloud.app_id)
        cloud.app_id = named.app_id
        return named
    apps = cloud.apps_v2.get_apps().applications
    if not apps:
        raise SelectionError(
            "there is no app yet", hint="hathora-deploy PATH, or hathora-deploy apps create NAME"
        )
    own = [app for app in apps if app.app_name == app_name(Path())] if target.is_local else []
    if len(apps) > 1 and not own:
        raise SelectionError(f"which app? There are {listed(apps)}", hint=_naming())
    app = (own or apps)[0]
    if not target.is_local:
        output.say(f"  app       {app.app_name} ({app.app_id}), the only one there is")
    cloud.app_id = app.app_id
    return app


def _naming() -> str:
    """How the app may be named: by an environment, where hathora.toml has some and none was chosen."""
    file = file_settings(click.get_current_context())
    if file and file.environments:
        return f"pass --environment {' or '.join(file.environments)}, or --app-id"
    return "pass --app-id, or set HATHORA_APP_ID"


def apps_in_scope(cloud: HathoraCloud) -> list[Application]:
    """The app that was named, or else all of them."""
    if cloud.app_id:
        return [app_named(cloud, cloud.app_id)]
    return list(cloud.apps_v2.get_apps().applications)


def find(
    cloud: HathoraCloud, kind: Literal["process", "room"], name: str, get: Callable[[str], FoundT]
) -> tuple[str, FoundT]:
    """The first app, by its id, in which ``get`` finds something, and what it finds."""
    for app in apps_in_scope(cloud):
        try:
            return app.app_id, get(app.app_id)
        except (NotFound, UnprocessableEntity):  # an id may also be refused for its form
            continue
    scope = f"in app {cloud.app_id}" if cloud.app_id else "in any app"
    plural = {"process": "processes", "room": "rooms"}[kind]
    raise SelectionError(f"there is no {kind} {name} {scope}", hint=f"hathora-deploy {plural}")


def the_org(cloud: HathoraCloud, org_id: str | None) -> str:
    """The organization that was named, else the only one the token belongs to."""
    if org_id:
        return org_id
    orgs = cloud.organizations_v1.get_orgs().orgs
    if len(orgs) != 1:
        names = ", ".join(f"{org.org_id} ({org.name})" for org in orgs) or "none"
        raise SelectionError(
            f"which organization? The token belongs to {names}",
            hint="pass --org-id, or set HATHORA_ORG_ID",
        )
    return orgs[0].org_id


def app_name(folder: Path) -> str:
    """The name of a folder, or of its archive, as an app may be named: a-z, 0-9 and -, at most 64."""
    name = re.sub(r"\.(tgz|tar\.gz)$", "", folder.resolve().name.lower())
    return re.sub(r"[^a-z0-9]+", "-", name).strip("-")[:64] or "game"


def listed(apps: Iterable[Application]) -> str:
    """Apps in an error: ``arena (app-1), lobby (app-2)``."""
    return ", ".join(f"{app.app_name} ({app.app_id})" for app in apps) or "none"


def app_named(cloud: HathoraCloud, name: str) -> Application:
    """An app by its id or its name. Raises SelectionError, with the apps there are."""
    try:
        return cloud.apps_v2.get_app(app_id=name)
    except (NotFound, UnprocessableEntity):
        apps = cloud.apps_v2.get_apps().applications
        by_name = next((app for app in apps if app.app_name == name), None)
        if by_name is None:
            raise SelectionError(
                f"there is no app {name} at {cloud.endpoint}; there are: {listed(apps)}",
                hint="check --app-id, HATHORA_APP_ID and hathora.toml,"
                f" or: hathora-deploy apps create {name if _is_new_name(name) else 'NAME'}",
            ) from None
        return by_name


def _is_new_name(text: str) -> bool:
    """Whether an app could be named so, and hardly has it for an id."""
    from pydantic import TypeAdapter, ValidationError

    from hathora_deploy.api.limits import AppName

    try:
        TypeAdapter(AppName).validate_python(text)
    except ValidationError:
        return False
    return not text.startswith("app-")


def new_app(cloud: HathoraCloud, name: str) -> Application:
    """An app whose players may log in anonymously or by a nickname."""
    from hathora_deploy.api.apps import AuthConfiguration, Enabled

    logins = AuthConfiguration(anonymous=Enabled(), nickname=Enabled())
    return cloud.apps_v2.create_app(app_name=name, auth_configuration=logins)
