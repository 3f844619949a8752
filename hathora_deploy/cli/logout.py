"""``hathora-deploy logout``: the token of an endpoint is forgotten."""

from __future__ import annotations

import os

import click

from hathora_deploy.cli.command import Command
from hathora_deploy.cli.errors import SelectionError
from hathora_deploy.cli.options import with_config, with_endpoint, with_output
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import require_url


@click.command(cls=Command, examples=["hathora-deploy logout --endpoint https://cloud.example.com"])
@with_endpoint
@with_config
@with_output
def command(output: Output, endpoint: str | None) -> None:
    """Forget the token that login keeps for an endpoint: for the only one, if none is named.

    The token itself stays good until it is revoked (hathora-deploy tokens revoke).
    """
    from hathora_deploy.cli import kept_tokens

    kept = kept_tokens.of_user(os.environ, output)
    if endpoint is None:
        known = [each.endpoint for each in kept.list()]
        if len(known) > 1:
            raise SelectionError(
                f"which endpoint? There are kept tokens of {', '.join(known)}",
                hint=f"hathora-deploy logout --endpoint {known[0]}",
            )
        endpoint = known[0] if known else None
    else:
        require_url(endpoint)
    forgotten = [endpoint] if endpoint is not None and kept.forget(endpoint) else []
    if not forgotten:
        output.say(f"no token is kept of {endpoint}" if endpoint else "there are no kept tokens")
    output.done("forgotten", *forgotten)
