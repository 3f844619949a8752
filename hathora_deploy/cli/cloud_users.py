"""``hathora-deploy cloud users``: who may call the cloud of this machine, besides its own token."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hathora_deploy.cli.command import Group
from hathora_deploy.cli.options import option, with_data_dir, with_output
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import cloud_folder
from hathora_deploy.cli.text import moment

if TYPE_CHECKING:
    from hathora_deploy.cloud.settings import CloudSettings
    from hathora_deploy.cloud.users import User


@click.group("users", cls=Group)
def command() -> None:
    """Users of the local cloud, whether it runs or not. Without a command, lists them."""


@command.command("list", examples=["hathora-deploy cloud users"])
@with_data_dir
@with_output
def list_(output: Output, data_dir: Path | None) -> None:
    """List the users, and what each may do."""
    settings = _settings(data_dir)
    from hathora_deploy.cloud import users

    found = users.list_users(settings)
    if output.is_json:
        output.json({"users": [_facts(user) for user in found]})
        return
    output.list(
        "users",
        found,
        titles="EMAIL SCOPES TOKENS LAST-LOGIN",
        cells=lambda user: [
            user.email,
            " ".join(_written(scopes) for scopes in user.scopes.values()) or "-",
            str(user.good_tokens),
            moment(user.last_login_at),
        ],
        nothing="there are no users",
    )


@command.command(examples=["hathora-deploy cloud users add eve@example.com --role member"])
@click.argument("email")
@option(
    "--role",
    type=click.Choice(["admin", "member", "viewer"]),
    help="Make the user a member of the cloud's organization, with this role.",
)
@with_data_dir
@with_output
def add(output: Output, data_dir: Path | None, email: str, role: str | None) -> None:
    """Print a new token of a user, which is shown this once. Who is no user yet becomes one.

    Earlier tokens stay good. Without a role, a new user can do no more than answer invites.
    """
    settings = _settings(data_dir)
    from hathora_deploy.api.orgs import UserRole
    from hathora_deploy.cloud import users

    text = users.add_user(settings, email, UserRole(role) if role else None).reveal()
    if output.is_json:
        output.json({"email": email.lower(), "role": role, "plainTextToken": text})
    else:
        output.say(f"a token of {email.lower()}; keep its text, it is not shown again:")
        output.data(text)


@command.command(examples=["hathora-deploy cloud users revoke eve@example.com"])
@click.argument("email")
@with_data_dir
@with_output
def revoke(output: Output, data_dir: Path | None, email: str) -> None:
    """Revoke all tokens of a user, at once. The user stays a member."""
    settings = _settings(data_dir)
    from hathora_deploy.cloud import users

    count = users.revoke_tokens(settings, email)
    if output.is_json:
        output.json({"revoked": count})
    else:
        output.say(f"revoked {count} of {email}'s tokens")


@command.command(examples=["hathora-deploy cloud users remove eve@example.com"])
@click.argument("email")
@with_data_dir
@with_output
def remove(output: Output, data_dir: Path | None, email: str) -> None:
    """Remove a user, with every token and membership. What the user has made stays."""
    settings = _settings(data_dir)
    from hathora_deploy.cloud import users

    users.remove_user(settings, email)
    output.done("removed", email)


def _settings(data_dir: Path | None) -> CloudSettings:
    folder = cloud_folder(data_dir)
    from hathora_deploy.cloud.setting_options import settings_of

    return settings_of(os.environ, folder)


def _facts(user: User) -> dict[str, object]:
    return {
        "email": user.email,
        "createdAt": user.created_at.isoformat(),
        "lastLogin": user.last_login_at.isoformat() if user.last_login_at else None,
        "goodTokens": user.good_tokens,
        "orgs": [{"orgId": org_id, "scopes": scopes} for org_id, scopes in user.scopes.items()],
    }


def _written(scopes: str | list[str]) -> str:
    return scopes if isinstance(scopes, str) else ",".join(scopes) or "none"
