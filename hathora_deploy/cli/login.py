"""``hathora-deploy login``: a token that every command finds, and nobody else."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from hathora_deploy.cli.command import Command
from hathora_deploy.cli.errors import KeyringError, SettingsError
from hathora_deploy.cli.options import (
    TargetSettings,
    option,
    with_config,
    with_endpoint,
    with_output,
)
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import reach, require_url
from hathora_deploy.cli.text import moment
from hathora_deploy.cli.values import SecretText
from hathora_deploy.secret import Secret

if TYPE_CHECKING:
    from hathora_deploy.api.orgs import Organization
    from hathora_deploy.cli.kept_tokens import Kept, KeptTokens

_MAX_SIZE: Final = 1 << 16


class LoginCommand(Command):
    """A command that repeats no word which may be the token."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if ctx.args and not ctx.resilient_parsing:
            raise click.UsageError(
                "the token is no argument, which others would see: it is asked for, or read from stdin",
                ctx,
            )
        return rest


@click.command(
    cls=LoginCommand,
    examples=[
        "hathora-deploy login --endpoint https://cloud.example.com",
        'echo "$CLOUD_TOKEN" | hathora-deploy login --endpoint https://cloud.example.com',
        "hathora-deploy login --status",
    ],
)
@with_endpoint
@option("--status", "is_status", is_flag=True, help="Show for which endpoints a token is kept.")
@with_config
@with_output
def command(output: Output, endpoint: str | None, is_status: bool) -> None:
    """Keep the token of an endpoint, once the endpoint has accepted it.

    It is asked for, or read from stdin where that is no terminal. It is kept in the system keyring, or
    else in a file that only you can read. Commands that are about the endpoint then find it; --token
    and HATHORA_TOKEN win over it.
    """
    from hathora_deploy.cli import kept_tokens
    from hathora_deploy.client.endpoint import is_on_this_machine

    kept = kept_tokens.of_user(os.environ, output)
    if is_status:
        _list(kept, output)
        return
    if endpoint is None:
        raise SettingsError(
            "which endpoint is the token of?",
            hint="hathora-deploy login --endpoint URL; the local cloud of this machine needs no login",
        )
    require_url(endpoint)
    if urlsplit(endpoint).scheme == "http" and not is_on_this_machine(endpoint):
        output.say("warning: over http:// everybody on the way can read the token")
    token = _token(endpoint, output)
    orgs = _organizations(endpoint, token, output)
    names = tuple(org.name or org.org_id for org in orgs)
    try:
        made = kept.keep(endpoint, token, names)
    except KeyringError as error:
        output.say(f"warning: {error.message}")
        made = kept.keep_in_file(endpoint, token, names)
    if os.environ.get("HATHORA_TOKEN"):
        output.say("warning: HATHORA_TOKEN is set, and wins over what was kept")
    _show(made, orgs, output)


def _token(endpoint: str, output: Output) -> Secret:
    """Raises SettingsError where none comes."""
    if sys.stdin is not None and sys.stdin.isatty():
        text = click.prompt(f"Token of {endpoint}", hide_input=True, err=True)
    else:
        output.say("reading the token from stdin")
        # Some shells of Windows put a mark before what they pipe.
        data = sys.stdin.buffer.read(_MAX_SIZE) if sys.stdin is not None else b""
        text = data.decode("utf-8-sig", errors="replace")
    token = SecretText().convert(text, None, click.get_current_context())
    if token is None:
        raise SettingsError("no token came on stdin", hint="hathora-deploy login --help")
    return token


def _organizations(endpoint: str, token: Secret, output: Output) -> list[Organization]:
    """Those that the token belongs to. Raises Unauthorized where the endpoint does not know it."""
    from hathora_deploy.api.errors import Unauthorized

    with reach(TargetSettings(token=token, endpoint=endpoint), output) as reached:
        try:
            return reached.cloud.organizations_v1.get_orgs().orgs
        except Unauthorized:
            raise Unauthorized(
                f"{reached.cloud.endpoint} does not accept this token; nothing was kept",
                hint="copy it whole, or have a new one made: hathora-deploy tokens create NAME",
            ) from None


def _show(made: Kept, orgs: Sequence[Organization], output: Output) -> None:
    if output.is_json:
        output.json(
            {
                **_facts(made),
                "organizations": [
                    {"orgId": org.org_id, "name": org.name, "scopes": org.scopes} for org in orgs
                ],
            }
        )
        return
    output.lines(
        {
            "endpoint": made.endpoint,
            **{
                f"organization {number}" if len(orgs) > 1 else "organization": _written(org)
                for number, org in enumerate(orgs, start=1)
            },
            "kept": made.where,
        }
    )


def _written(org: Organization) -> str:
    from hathora_deploy.api.tokens import Scope

    named = f"{org.name} ({org.org_id})" if org.name else org.org_id
    scopes = "all scopes" if {*Scope} <= {*org.scopes} else ", ".join(org.scopes) or "no scope"
    return f"{named}: {scopes}"


def _list(kept: KeptTokens, output: Output) -> None:
    found = kept.list()
    if output.is_json:
        named = [{**_facts(each), "organizationNames": each.organizations} for each in found]
        output.json({"logins": named})
        return
    output.list(
        "logins",
        found,
        titles="ENDPOINT ORGANIZATION KEPT SINCE",
        cells=lambda each: [
            each.endpoint,
            ", ".join(each.organizations) or "-",
            "keyring" if each.place == "keyring" else str(each.file),
            moment(each.kept_at),
        ],
        nothing="there are no kept tokens",
    )


def _facts(kept: Kept) -> dict[str, object]:
    return {
        "endpoint": kept.endpoint,
        "place": kept.place,
        "keyring": kept.keyring,
        "file": str(kept.file) if kept.place == "file" else None,
        "keptAt": kept.kept_at.isoformat(),
    }
