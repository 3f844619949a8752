"""What a shell is told when somebody presses Tab."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    add_completion_class,
    split_arg_string,
)

from hathora_deploy.errors import HathoraError

if TYPE_CHECKING:
    from hathora_deploy.api.fields import Field
    from hathora_deploy.cli.fields import Assignment

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # generic only in the newest click

_BASH: Final = """\
%(complete_func)s() {
    local IFS=$'\\n' kind value answer
    answer=$(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1")
    COMPREPLY=()
    while IFS=',' read -r kind value; do
        case $kind in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done <<< "$answer"
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class Bash(BashComplete):
    """bash takes ``status=running`` for three words, and replaces only the last of them."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        if "COMP_LINE" not in os.environ:
            return super().get_completion_args()
        line = os.environ["COMP_LINE"]
        words = split_arg_string(line)
        if not words or line[-1:].isspace():
            words.append("")
        return words[1:-1], words[-1]

    def format_completion(self, item: CompletionItem) -> str:
        breaks = re.escape(os.environ.get("COMP_WORDBREAKS", ""))
        _, incomplete = self.get_completion_args()
        kept = re.match(rf".*[{breaks}]", incomplete, re.DOTALL) if breaks else None
        value = item.value[kept.end() :] if kept and item.type == "plain" else item.value
        return f"{item.type},{value}"


class Fish(FishComplete):
    """What stands after the first comma of an answer belongs to it: helps are sentences."""

    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )


def install() -> None:
    """Answer bash and fish in their own ways from now on."""
    add_completion_class(Bash)
    add_completion_class(Fish)


class OperationName(ParamType):
    """A public name of an operation."""

    name = "operation"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from hathora_deploy.cli import operations

        return [
            CompletionItem(each.__name__, help=operations.summary(each))
            for each in operations.beginning_with(incomplete)
        ]


class FieldAssignment(ParamType):
    """``NAME=VALUE``, of the operation that stands before it."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: Any, ctx: Any) -> Assignment:
        from hathora_deploy.cli.fields import Assignment

        return Assignment.parse(str(value)) or self.fail(
            "a field is written NAME=VALUE, NAME=@FILE or NAME:=JSON", param, ctx
        )

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from hathora_deploy.api.fields import fields_of
        from hathora_deploy.cli import operations

        # With -f as the last word, click has put the words before it aside.
        named = ctx.params.get("name") or next(iter(ctx.args), "")
        try:
            fields = fields_of(operations.find(named))
        except HathoraError:
            return []
        name, equals, begun = incomplete.partition("=")
        if equals:
            return [
                CompletionItem(f"{name}={value}")
                for field in fields
                if name in (field.wire_name, field.name)
                for value in _values(field)
                if value.lower().startswith(begun.lower())
            ]
        found = [each for each in fields if each.wire_name.lower().startswith(name.lower())]
        if len(found) == 1 and (values := _values(found[0])):
            return [CompletionItem(f"{found[0].wire_name}={value}") for value in values]
        return [CompletionItem(f"{each.wire_name}=", help=_about(each)) for each in found]


def _about(field: Field) -> str:
    from hathora_deploy.api.fields import limits_in_words
    from hathora_deploy.cli.operation_help import in_words

    return ", ".join(filter(None, (in_words(field.kind), limits_in_words(field.kind))))


def _values(field: Field) -> list[str]:
    from hathora_deploy.api.fields import enums_of, types_of

    members = [str(member) for enum in enums_of(field.kind) for member in enum]
    return members or (["true", "false"] if bool in types_of(field.kind) else [])
