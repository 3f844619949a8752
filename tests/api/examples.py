"""A call of each operation as somebody would write it, made from its declaration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final

from hathora_deploy.api.builds import DeletedBuild
from hathora_deploy.api.fields import Field, Kind, ListOf, OneOf, Scalar, fields_of
from hathora_deploy.api.model import Model, OpenEnum
from hathora_deploy.api.operation import Auth, Operation
from hathora_deploy.client.names import MethodName
from hathora_deploy.secret import Secret

APP: Final = "app-af469a92-5b45-4565-b3c4-b79878de67d2"
WIDTH: Final = 88

VALUES: Final[Mapping[str, Any]] = {
    "app_id": APP,
    "app_name": "arena",
    "auth": "user:password",
    "bank_name": "Bank of London",
    "before": 1767322245000,
    "build_id": "bld-6d4c6a71-2d75-4b42-94e1-f312f57f33c5",
    "build_size_in_bytes": 5_242_880,
    "build_tag": "3f9c2ab",
    "cloud_min_vcpus": 8,
    "client_id": "client.apps.googleusercontent.com",
    "client_ips": "203.0.113.7",
    "container_port": 7777,
    "created_by": "ann@example.com",
    "deployment_id": "dep-6d4c6a71-2d75-4b42-94e1-f312f57f33c5",
    "deployment_tag": "3f9c2ab",
    "end": 1767325845,
    "fleet_id": "fleet-0a0c1a5b-62ae-4a1c-90a8-59a1cb9e1b53",
    "holder": "ann on ci-7",
    "host": "1.proxy.hathora.dev",
    "id_token": "eyJhbGciOi…",
    "image": "registry.example.com/arena:1.4",
    "lease_id": "made-by-secrets.token_urlsafe()",
    "max_processes": 10,
    "min_processes": 1,
    "name": "europe",
    "CreateOrgToken.name": "ci",
    "EnvironmentVariable.name": "GREETING",
    "EnvironmentVariable.value": "hello",
    "ContainerPort.name": "query",
    "nickname": "ann",
    "node_baseline": 2,
    "node_id": "node-6d4c6a71",
    "org_id": "org-6f706e83-0ec1-437a-9a46-7d4281eb2f39",
    "org_token_id": "org-token-af469a92-5b45-4565-b3c4-b79878de67d2",
    "port": 7777,
    "process_id": "cbfcddd2-0006-43ae-996c-995fff7bed2e",
    "registry_url": "https://registry.example.com",
    "requested_cpu": 0.5,
    "requested_memory_mb": 1024,
    "return_url": "https://example.com/billing",
    "room_config": '{"mode":"ranked"}',
    "room_id": "2swovpy1fnunu",
    "rooms_per_process": 3,
    "scale_up_threshold": 80,
    "short_code": "LFG4",
    "start": 1767322245,
    "tail_lines": 20,
    "user_email": "ann@example.com",
    "user_id": "ann@example.com",
}
"""What stands in an example, by the name of its field, or of its owner and it."""

MEMBERS: Final[Mapping[str, str]] = {
    "Region": "LONDON",
    "ProcessStatus": "RUNNING",
    "LobbyVisibility": "PUBLIC",
    "TransportType": "UDP",
    "UserRole": "MEMBER",
    "Scope": "BUILDS_READ_WRITE",
}
"""What stands for an enumeration; for any other its first member."""

SHOWN: Final[Mapping[str, Sequence[str]]] = {
    "CreateBuild": ("build_tag",),
    "CreateBuildRegistry": ("build_tag",),
    "CreateLobby": ("short_code",),
    "CreateOrgToken": ("scopes",),
    "CreateRoom": ("room_config",),
    "GetDeployments": ("deployment_tag",),
    "GetFleetMetrics": ("metrics",),
    "GetFleetRegionMetrics": ("metrics",),
    "GetLatestProcesses": ("region", "status"),
    "GetLogsForProcess": ("follow", "tail_lines"),
    "GetProcessMetrics": ("metrics",),
    "GetProcessesCountExperimental": ("status",),
    "InviteUser": ("scopes",),
    "ListActivePublicLobbies": ("region",),
    "PatchApp": ("app_name",),
    "RunBuildV2Deprecated": ("file",),
}
"""Fields that an example shows though they may be left out."""

NOUNS: Final[Mapping[str, str]] = {
    "CreateBuildRegistry": "build",
    "CreateBuildWithUploadUrlV2Deprecated": "build",
    "CreateWithMultipartUploadsV2Deprecated": "build",
    "GetPingServiceEndpoints": "endpoints",
    "InviteUser": "invite",
    "LoginAnonymous": "login",
    "LoginGoogle": "login",
    "LoginNickname": "login",
    "RevokeOrgToken": "is_revoked",
    "UpdateUserInvite": "is_changed",
}
"""What a result is called where the name of the method does not tell."""


@dataclass(frozen=True)
class Code:
    """An expression, and the names it needs, by module."""

    text: str
    needs: frozenset[tuple[str, str]] = frozenset()
    items: Sequence[tuple[str, Code]] = ()
    """What stands between its brackets, each behind its name, if it has one."""

    def lines(self, name: str = "", indent: str = "    ") -> list[str]:
        """It as an argument of that name: on one line, or each of its items on its own."""
        line = f"{indent}{name}{self.text},"
        if len(line) <= WIDTH or not self.items:
            return [line]
        opening = self.text[: self.text.index(self.items[0][0] + self.items[0][1].text)]
        inner = [line for own, item in self.items for line in item.lines(own, f"{indent}    ")]
        return [f"{indent}{name}{opening}", *inner, f"{indent}{self.text[-1]},"]


@dataclass(frozen=True)
class Example:
    """Statements that call an operation; ``cloud`` and, for players, ``player_token`` are there."""

    imports: str
    statements: str

    def __str__(self) -> str:
        return "\n\n".join(part for part in (self.imports, self.statements) if part)


def example(operation: type[Operation[Any]], name: MethodName) -> Example:
    """A call with what is required, and what is worth showing."""
    shape = operation.shape
    shown = [
        field
        for field in fields_of(operation)
        if field.is_required or field.name in SHOWN.get(operation.__name__, ())
    ]
    file = next((each for each in shown if each.wire_name in shape.in_form), None)
    values = _values(shown, operation)
    words = [(f"{field}=", code) for field, code in values]
    if shape.auth is Auth.PLAYER:
        words.insert(0, ("", Code("player_token")))
    call = _call(f"cloud.{name}", words)
    needs = frozenset[tuple[str, str]]().union(*(code.needs for _, code in values))
    return Example(imports(needs), _statements(operation, name, call, is_file=file is not None))


def value(kind: Kind, known: Any = None) -> Code:
    """A value of a kind; the known one where it is a text or a number."""
    match kind:
        case OneOf(members=members):
            return value(members[0], known)
        case ListOf(item=item):
            code = value(item, known)
            return Code(f"[{code.text}]", code.needs, [("", code)])
        case Scalar(type=found):
            return _scalar(found, known)


def _values(fields: Sequence[Field], owner: type[Any]) -> list[tuple[str, Code]]:
    return [
        (
            each.name,
            value(each.kind, VALUES.get(f"{owner.__name__}.{each.name}", VALUES.get(each.name))),
        )
        for each in fields
    ]


def _scalar(found: type[Any], known: Any) -> Code:
    if issubclass(found, OpenEnum):
        member = MEMBERS.get(found.__name__) or next(iter(found)).name
        return Code(f"{found.__name__}.{member}", _needs(found))
    if issubclass(found, Model):
        return _model(found)
    if found is Secret:
        return Code(f'Secret("{known or "hush"}")', _needs(Secret))
    if found is bool:
        return Code("True")
    if found is datetime:
        return Code(
            "datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)",
            frozenset({("datetime", "UTC"), ("datetime", "datetime")}),
        )
    if found is IO:
        return Code("file")
    if found is object:
        return Code('{"mode": "ranked"}')
    return Code(_literal(found, known))


def _literal(found: type[Any], known: Any) -> str:
    if found is str:
        text = known if isinstance(known, str) else "text"
        return f"'{text}'" if '"' in text else f'"{text}"'
    return repr(known) if isinstance(known, (int, float)) else "1"


def _model(found: type[Model]) -> Code:
    # All of a model whose fields may all be left out would be nothing: its first stands for it.
    fields = fields_of(found)
    shown: Sequence[Field] = [each for each in fields if each.is_required] or fields[:1]
    values = _values(shown, found)
    text = ", ".join(f"{name}={code.text}" for name, code in values)
    needs = _needs(found).union(*(code.needs for _, code in values))
    items = [(f"{name}=", code) for name, code in values]
    return Code(f"{found.__name__}({text})", needs, items)


def _needs(found: type[Any]) -> frozenset[tuple[str, str]]:
    return frozenset({(found.__module__, found.__name__)})


def imports(needs: frozenset[tuple[str, str]]) -> str:
    """The lines that bring the names in."""
    modules = sorted({module for module, _ in needs})
    return "\n".join(
        f"from {module} import {', '.join(sorted(name for each, name in needs if each == module))}"
        for module in modules
    )


def _call(method: str, words: Sequence[tuple[str, Code]]) -> str:
    line = f"{method}({', '.join(name + code.text for name, code in words)})"
    if len(line) <= WIDTH - 12:
        return line
    lines = [line for name, code in words for line in code.lines(name)]
    return "\n".join([f"{method}(", *lines, ")"])


def _statements(
    operation: type[Operation[Any]], name: MethodName, call: str, *, is_file: bool
) -> str:
    shape = operation.shape
    if shape.is_stream:
        log = (
            f'(\n    open("arena.tgz", "rb") as file,\n    {call} as log,\n)'
            if is_file
            else f"{call} as log"
        )
        return f"with {log}:\n    for line in log.lines():\n        print(line)"
    if shape.result in (None, type(None), DeletedBuild):
        return call
    return f"{NOUNS.get(operation.__name__) or _noun(name.method)} = {call}"


def _noun(method: str) -> str:
    """What a method returns, from its own name: ``create_room`` gives a room."""
    words = re.sub(r"_(by|for|experimental|deprecated|v\d)(_.*)?$", "", method).split("_")
    return "_".join(words[1:]) or "result"
