"""``hathora-deploy api``: any operation of the API, by its public name."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from hathora_deploy.api.errors import Forbidden
from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Command
from hathora_deploy.cli.completion import FieldAssignment, OperationName
from hathora_deploy.cli.errors import SelectionError, SettingsError
from hathora_deploy.cli.options import TargetSettings, option, with_org, with_target
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.target import Target, reach
from hathora_deploy.cli.values import SecretText

if TYPE_CHECKING:
    from hathora_deploy.api.operation import Operation, Shape
    from hathora_deploy.cli.fields import Assignment
    from hathora_deploy.client import HathoraCloud
    from hathora_deploy.client.stream import Stream
    from hathora_deploy.secret import Secret


class ApiCommand(Command):
    """A command whose help is that of the operation, where one is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        name = self.make_parser(ctx).parse_args(list(args))[0].get("name")
        # Newer versions of click have a value of their own for what is not there.
        ctx.meta[_NAMED] = name if isinstance(name, str) else None
        return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        name = ctx.meta.get(_NAMED)
        if name is None:
            super().format_help(ctx, formatter)
        else:
            from hathora_deploy.cli import operation_help, operations

            operation_help.write(operations.find(name), formatter)


_NAMED = "hathora_deploy.operation"


@click.command(
    cls=ApiCommand,
    examples=[
        "hathora-deploy api GetLatestProcesses -f status=running",
        'hathora-deploy api CreateRoom -f region=Tokyo -f \'roomConfig={"map": "castle"}\'',
        "hathora-deploy api CreateRoom --help",
    ],
)
@click.argument("name", metavar="[OPERATION]", required=False, type=OperationName())
@click.option(
    "--field",
    "-f",
    "assignments",
    metavar="NAME=VALUE",
    type=FieldAssignment(),
    multiple=True,
    help="A field; again for each item of a list. NAME=@FILE reads a file, @- stdin, NAME:=JSON any JSON.",
)
@click.option(
    "--input", "document", metavar="FILE", help="Fields as one JSON object; - for stdin. -f wins."
)
@click.option("--paginate", is_flag=True, help="All pages as one result.")
@click.option(
    "--all", "everything", is_flag=True, help="Without an operation: list also what is deprecated."
)
@option(
    "--player-token",
    type=SecretText(),
    envvar="HATHORA_PLAYER_TOKEN",
    help="Token of the player who calls; better in the variable.",
)
@with_org
@with_target
def command(
    target: TargetSettings,
    output: Output,
    name: str | None,
    assignments: tuple[Assignment, ...],
    document: str | None,
    paginate: bool,
    everything: bool,
    player_token: Secret | None,
    org_id: str | None,
) -> None:
    """Call an operation of the API by its public name, and print its result as JSON.

    Without an operation, lists them; with --help, says what one takes and answers. Names and fields
    may be written as in the API, in the SDKs or in Python.
    """
    from hathora_deploy.api.operation import Auth
    from hathora_deploy.cli import fields, operations
    from hathora_deploy.client.stream import Stream

    if name is None:
        _list(output, everything=everything)
        return
    declared = operations.find(name)
    shape = declared.shape
    if paginate and "next_page_token" not in declared.model_fields:
        raise click.UsageError(f"there are no pages of {declared.__name__}")
    if shape.auth is Auth.PLAYER and player_token is None:
        raise SettingsError(
            f"{declared.__name__} is called by a player, whose token is missing",
            hint="set HATHORA_PLAYER_TOKEN; hathora-deploy api LoginAnonymous gives one",
        )
    with ExitStack() as files:
        operation = fields.read(
            declared, assignments, document=document, known=_known(shape, org_id), files=files
        )
        if shape.successor is not None:
            output.say(f"{declared.__name__} is deprecated: call {shape.successor.__name__}")
        needs_token = shape.auth is Auth.ORGANIZATION
        with reach(target, output, needs_token=needs_token) as reached:
            complete = _completed(operation, reached, output)
            if paginate:
                output.json(_all_pages(reached.cloud, complete))
                return
            result = reached.cloud.execute(complete, player_auth=player_token)
            if isinstance(result, Stream):
                _copy(result, output)
            elif result is not None:
                output.json(_dumped(shape, result))


def _list(output: Output, *, everything: bool) -> None:
    from hathora_deploy.cli import operations

    output.list(
        "operations",
        operations.listed(deprecated=everything),
        titles="OPERATION RESOURCE WHAT",
        cells=lambda facts: [
            facts["name"],
            facts["resource"],
            f"deprecated: call {facts['successor']}" if "successor" in facts else facts["summary"],
        ],
        nothing="there are no operations",
    )


def _known(shape: Shape, org_id: str | None) -> dict[str, str]:
    if "orgId" in shape.in_path:
        # What nobody has named is found out when the cloud is open.
        return {"orgId": org_id or ""}
    return {"orgId": org_id} if org_id and "orgId" in shape.in_query else {}


def _completed(operation: Operation[Any], reached: Target, output: Output) -> Operation[Any]:
    """The operation with the app and the organization that its path lacks."""
    shape = operation.shape
    found = {}
    if "appId" in shape.in_path and "app_id" not in operation.model_fields_set:
        found["app_id"] = _app_id(shape, reached, output)
    if "orgId" in shape.in_path and not getattr(operation, "org_id", None):
        found["org_id"] = selection.the_org(reached.cloud, None)
    return operation.model_copy(update=found)


def _app_id(shape: Shape, reached: Target, output: Output) -> str:
    named = reached.cloud.app_id
    name = shape.operation.__name__
    if named is None and (shape.method == "DELETE" or not reached.has_token):
        raise SelectionError(f"{name}: which app?", hint="pass --app-id, or set HATHORA_APP_ID")
    if named is not None and not reached.has_token:
        return named
    try:
        return selection.the_app(reached, output).app_id
    except Forbidden:
        # A token may be good for the operation, and not for reading apps.
        if named is None:
            raise
        return named


def _all_pages(cloud: HathoraCloud, operation: Operation[Any]) -> dict[str, Any]:
    """The lists of all pages as those of one."""
    from hathora_deploy.client.pages import next_page

    whole: dict[str, Any] = {}
    following: Operation[Any] | None = operation
    while following is not None:
        page = cloud.execute(following)
        for name, value in _dumped(following.shape, page).items():
            whole[name] = [*whole.get(name, []), *value] if isinstance(value, list) else value
        following = next_page(following, page)
    whole.pop("nextPageToken", None)
    return whole


def _dumped(shape: Shape, result: Any) -> Any:
    """The JSON of an answer as it came: what it holds was asked for, secrets too."""
    return shape.result_adapter.dump_python(result, mode="json")


def _copy(stream: Stream, output: Output) -> None:
    with stream:
        if output.is_json:
            for line in stream.lines():
                output.json_line({"line": line})
        else:
            output.stream(stream)
