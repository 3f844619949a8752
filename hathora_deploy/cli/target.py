"""Which cloud a command speaks to: found, or started, and opened."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from hathora_deploy.cli.errors import NoLocalCloud, SettingsError
from hathora_deploy.cli.options import TargetSettings
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.silence import telling
from hathora_deploy.cli.values import seconds
from hathora_deploy.pipeline.pipeline_service import pipeline_mark

if TYPE_CHECKING:
    from hathora_deploy.client import HathoraCloud
    from hathora_deploy.cloud.daemon import RunningCloud
    from hathora_deploy.secret import Secret


class Choice(Enum):
    """The clouds there are to choose from."""

    LOCAL = "the cloud of this machine, started if need be"
    HOSTED = "the API's default server"
    ENDPOINT = "the endpoint that was named, with the token that was named"
    OWN_ENDPOINT = "an endpoint without a token: good only if it is the local cloud's"


@dataclass(frozen=True)
class Target:
    """An open cloud."""

    cloud: HathoraCloud
    is_local: bool
    token: Secret | None
    """That of the organization which calls; without one, only players and anybody do."""

    @property
    def has_token(self) -> bool:
        return self.token is not None


def choose(settings: TargetSettings, environment: Mapping[str, str]) -> Choice:
    """Raises SettingsError where a cloud of a pipeline's own machine would be a surprise."""
    if settings.local:
        return Choice.LOCAL
    if settings.endpoint:
        return Choice.ENDPOINT if settings.token else Choice.OWN_ENDPOINT
    if settings.token:
        return Choice.HOSTED
    if mark := pipeline_mark(environment):
        raise SettingsError(
            "HATHORA_TOKEN is not set, nor is HATHORA_CLOUD_ENDPOINT,"
            f" and in a pipeline ({mark} is set) no local cloud is started unasked",
            hint="set HATHORA_TOKEN (a secret that is not there arrives empty), or pass --local",
        )
    return Choice.LOCAL


@contextmanager
def reach(
    settings: TargetSettings,
    output: Output,
    *,
    verbose: bool = False,
    needs_token: bool = True,
    starts: bool = True,
) -> Iterator[Target]:
    """Open the cloud that the settings mean; ``verbose`` names it even if it was running.

    What anybody may call, or a player, needs no token of an organization where an endpoint is named.
    Unless it ``starts`` a local cloud, one that does not run raises NoLocalCloud.
    """
    from hathora_deploy.api.errors import Unauthorized
    from hathora_deploy.cli.call_watch import CallWatch
    from hathora_deploy.client import HathoraCloud
    from hathora_deploy.client.endpoint import DEFAULT_ENDPOINT
    from hathora_deploy.client.errors import RequestTimeoutError, TransportError

    kept: Secret | None = None
    if settings.endpoint and not settings.local:
        require_url(settings.endpoint)
        kept = None if settings.token else _kept_token(settings.endpoint, output)
        settings = replace(settings, token=settings.token or kept)
    choice = choose(settings, os.environ)
    running: RunningCloud | None = None
    if choice is Choice.LOCAL:
        running = _start(settings, output, verbose=verbose) if starts else _running(settings)
    elif choice is Choice.OWN_ENDPOINT:
        running = _own(settings, needs_token=needs_token)
    endpoint = running.endpoint if running else settings.endpoint or DEFAULT_ENDPOINT
    token = running.token if running else settings.token
    is_local = running is not None
    watch = CallWatch(endpoint, output)
    cloud = HathoraCloud(
        token,
        app_id=settings.app_id,
        endpoint=endpoint,
        timeout=settings.call_timeout,
        hooks=watch.hooks(),
    )
    target = Target(cloud, is_local=is_local, token=token)
    try:
        with watch:
            yield target
    except Unauthorized as error:
        if kept:
            error.hint = (
                "the token that login has kept is good no longer:"
                f" hathora-deploy login --endpoint {cloud.endpoint}"
            )
        raise
    except RequestTimeoutError as error:
        longer = "check the network and the cloud, or give it longer: --call-timeout SECONDS"
        error.hint = way_out(target) or longer
        raise
    except TransportError as error:
        error.hint = way_out(target) or error.hint
        raise
    finally:
        cloud.close()


def way_out(target: Target) -> str | None:
    """What to do where a cloud gives no answer, if that depends on which it is."""
    from hathora_deploy.client.endpoint import DEFAULT_ENDPOINT

    if target.is_local:
        return "hathora-deploy cloud status"
    if target.cloud.endpoint == DEFAULT_ENDPOINT:
        return (
            "the hosted service ended on 2026-05-05: deploy to this machine with --local,"
            " or to a cloud of your own with --endpoint URL"
        )
    return None


def found_again(cloud: HathoraCloud, settings: TargetSettings) -> HathoraCloud:
    """The client of the local cloud that ``cloud`` was, wherever that answers by now."""
    folder = cloud_folder(settings.data_dir)
    from hathora_deploy.cloud import daemon

    running = daemon.find(folder)
    if running is None or running.endpoint == cloud.endpoint:
        return cloud
    return cloud.with_options(endpoint=running.endpoint, token=running.token)


def _kept_token(endpoint: str, output: Output) -> Secret | None:
    from hathora_deploy.cli import kept_tokens

    return kept_tokens.of_user(os.environ, output).find(endpoint)


def require_url(endpoint: str) -> None:
    """Raises SettingsError. It may be a token in the wrong place: only a host and port are shown."""
    from hathora_deploy.client.endpoint import checked_endpoint
    from hathora_deploy.client.errors import EndpointError

    if re.fullmatch(r"[A-Za-z0-9.-]+:\d{1,5}", endpoint):
        raise SettingsError(
            f"the endpoint {endpoint} is no URL", hint=f"write it as http://{endpoint}"
        )
    try:
        checked_endpoint(endpoint)
    except EndpointError as error:
        raise SettingsError(error.message, hint=error.hint) from None


def cloud_folder(data_dir: Path | None) -> Path:
    """Where the local cloud keeps its state. Raises SettingsError where there can be none."""
    if sys.platform == "win32":
        raise SettingsError(
            "the local cloud runs on Linux and macOS, not on Windows",
            hint="start one in WSL, and pass its address as --endpoint URL --token TOKEN",
        )
    from hathora_deploy.cloud import daemon

    return data_dir or daemon.default_data_dir()


def ready_timeout(environment: Mapping[str, str]) -> float:
    """The seconds that a local cloud may take to start. Raises SettingsError."""
    from hathora_deploy.cloud import daemon

    return seconds(environment, "HATHORA_CLOUD_READY_TIMEOUT", default=daemon.START_TIMEOUT)


def _start(settings: TargetSettings, output: Output, *, verbose: bool) -> RunningCloud:
    folder = cloud_folder(settings.data_dir)
    from hathora_deploy.cloud import daemon
    from hathora_deploy.cloud.setting_options import settings_of

    chosen = {"runtime": settings.runtime} if settings.runtime != "auto" else {}
    wanted = settings_of(os.environ, folder, **chosen)
    with telling(output, "for the local cloud to start"):
        running = daemon.start(wanted, timeout=ready_timeout(os.environ))
    if running.was_started or verbose:
        why = "" if settings.local else "no HATHORA_TOKEN and no endpoint: "
        state = "started, " if running.was_started else ""
        output.say(f"  {why}using the local cloud on this machine ({state}{running.endpoint})")
    return running


def _running(settings: TargetSettings) -> RunningCloud:
    folder = cloud_folder(settings.data_dir)
    from hathora_deploy.cloud import daemon

    running = daemon.find(folder)
    if running is None:
        raise NoLocalCloud(
            "the local cloud does not run: a deploy starts it", hint="hathora-deploy cloud start"
        )
    return running


def _own(settings: TargetSettings, *, needs_token: bool) -> RunningCloud | None:
    """The local cloud, if the endpoint is its own. Raises SettingsError where it has to be."""
    running: RunningCloud | None = None
    if sys.platform != "win32":
        from hathora_deploy.cloud import daemon

        running = daemon.find(cloud_folder(settings.data_dir))
    if running and running.endpoint.rstrip("/") == (settings.endpoint or "").rstrip("/"):
        return running
    if needs_token:
        raise SettingsError(
            f"there is an endpoint, {settings.endpoint}, and no token for it",
            hint=f"hathora-deploy login --endpoint {settings.endpoint}, or set HATHORA_TOKEN;"
            " or pass --local to use the cloud of this machine",
        )
    return None
