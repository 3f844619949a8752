"""``hathora-deploy tokens``: what pipelines and servers call the API with."""

from __future__ import annotations

import click

from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Group
from hathora_deploy.cli.options import TargetSettings, with_org, with_target
from hathora_deploy.cli.output import Output, redacted
from hathora_deploy.cli.target import reach
from hathora_deploy.cli.text import moment


@click.group(cls=Group)
def command() -> None:
    """Organization tokens. Without a command, lists them."""


@command.command("list", examples=["hathora-deploy tokens"])
@with_org
@with_target
def list_(target: TargetSettings, output: Output, org_id: str | None) -> None:
    """List the tokens of the organization, revoked ones included."""
    with reach(target, output) as reached:
        org = selection.the_org(reached.cloud, org_id)
        tokens = reached.cloud.tokens_v1.get_org_tokens(org_id=org).tokens
    output.list(
        "tokens",
        tokens,
        titles="TOKEN NAME STATUS KEY SCOPES CREATED",
        cells=lambda token: [
            token.org_token_id,
            token.name,
            token.status,
            f"…{token.last_four_chars_of_key}",
            ",".join(token.scopes) if isinstance(token.scopes, list) else "admin",
            moment(token.created_at),
        ],
        nothing="there are no tokens",
    )


@command.command(
    examples=[
        "hathora-deploy tokens create nightly --scope builds:read-write --scope deployments:read-write"
    ]
)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help="What it may do, like builds:read-write, which includes builds:read; may be repeated. "
    "Without, or with admin: everything.",
)
@with_org
@with_target
def create(
    target: TargetSettings, output: Output, org_id: str | None, name: str, scopes: tuple[str, ...]
) -> None:
    """Create a token and print its text, which is shown this once."""
    from hathora_deploy.api.tokens import AdminScope, Scope

    only = [Scope(scope) for scope in scopes if scope != AdminScope.ADMIN]
    if only and len(only) < len(scopes):
        raise click.UsageError("--scope admin is everything: leave the others out")
    with reach(target, output) as reached:
        org = selection.the_org(reached.cloud, org_id)
        created = reached.cloud.tokens_v1.create_org_token(
            org_id=org, name=name, scopes=only or None
        )
    text = created.plain_text_token.reveal()
    if output.is_json:
        output.json({**redacted(created), "plainTextToken": text})
    else:
        output.say(f"token {created.org_token.org_token_id}; keep its text, it is not shown again:")
        output.data(text)


@command.command(examples=["hathora-deploy tokens revoke TOKEN"])
@click.argument("token_id", metavar="TOKEN")
@with_org
@with_target
def revoke(target: TargetSettings, output: Output, org_id: str | None, token_id: str) -> None:
    """Revoke a token, by its id, at once."""
    with reach(target, output) as reached:
        org = selection.the_org(reached.cloud, org_id)
        reached.cloud.tokens_v1.revoke_org_token(org_id=org, org_token_id=token_id)
    output.done("revoked", token_id)
