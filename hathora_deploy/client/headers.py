"""Header fields, of which some are not for everybody's eyes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from hathora_deploy.api.leases import LEASE_HEADER
from hathora_deploy.api.redaction import without_secrets
from hathora_deploy.client.errors import InvalidRequestError
from hathora_deploy.secret import REDACTED, Secret

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"(?![ \t])[\t\x20-\x7e\x80-\xff]*(?<![ \t])|")
_SECRET: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", LEASE_HEADER.lower()}
)


class Headers(Mapping[str, str]):
    """Header fields by name, whatever its case. Values that are secret print as ``[REDACTED]``."""

    def __init__(self, fields: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        self._fields: dict[str, tuple[str, str]] = {}
        for name, value in pairs:
            key = name.lower()
            earlier = self._fields.get(key)
            self._fields[key] = (name, f"{earlier[1]}, {value}" if earlier else value)

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()][1]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._fields

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return repr(dict(self.shown()))

    def require_sendable(self) -> None:
        """Raises InvalidRequestError; the HTTP libraries would, too, and show the value."""
        for name, value in self.items():
            if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
                raise InvalidRequestError(
                    f"the header {name!r} holds characters that no header has"
                )

    def merged(self, others: Mapping[str, str]) -> Headers:
        """These fields and others; where both have one, that of the others."""
        named = {name.lower() for name in others}
        kept = [(name, value) for name, value in self.items() if name.lower() not in named]
        return Headers([*kept, *others.items()])

    def shown(self) -> Headers:
        """The same fields, for people to see."""
        return Headers(
            (name, REDACTED if name.lower() in _SECRET else value) for name, value in self.items()
        )

    def without(self, secrets: Iterable[Secret]) -> Headers:
        """The same fields, without these texts in them."""
        return Headers(without_secrets(dict(self), secrets))

    def secrets(self) -> Iterator[Secret]:
        """The values that are secret, and the tokens in them."""
        for name, value in self.items():
            if name.lower() in _SECRET:
                yield from (Secret(value), Secret(value.rpartition(" ")[2]))
