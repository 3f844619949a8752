"""Secrets that are known by their shape, in files that are small and of text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hathora_deploy.pipeline.context import Entry, EntryKind

MOST_BYTES: Final = 64 * 1024
"""Of a file that is looked into."""

_TEXTS: Final = re.compile(
    r".*\.(?:bat|ce?rt?|cfg|conf|config|env|ini|jso?n?|key|pem|properties|ps1|py|rb|sh|toml|ts|txt|xml|ya?ml)"
    r"|(?:\.|id_).*",
    re.IGNORECASE | re.DOTALL,
)
"""Names of such files; one that begins with a dot holds settings."""


@dataclass(frozen=True)
class SecretShape:
    """What a secret looks like; ``mark`` is in every one, and fast to look for."""

    what: str
    mark: bytes
    shape: re.Pattern[bytes]


def _shape(what: str, mark: bytes, shape: bytes) -> SecretShape:
    return SecretShape(what, mark, re.compile(shape))


SHAPES: Final = (
    _shape("a private key", b"PRIVATE KEY-----", rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    _shape("an AWS access key", b"AKIA", rb"\bAKIA(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}\b"),
    # "gh" is in most texts. What a pattern begins with is looked for fast if it is letters, and not if it is \b.
    _shape("a GitHub token", b"gh", rb"gh[pousr]_(?<=\bgh[pousr]_)[A-Za-z0-9]{36,}"),
    _shape("a GitHub token", b"github_pat_", rb"\bgithub_pat_\w{22,}"),
    _shape("a GitLab token", b"glpat-", rb"\bglpat-[\w-]{20,}"),
    _shape("a Slack token", b"xox", rb"\bxox[abprs]-[0-9A-Za-z-]{20,}"),
    _shape("a Stripe key", b"k_live_", rb"\b[rs]k_live_[0-9A-Za-z]{20,}"),
    _shape("an npm token", b"npm_", rb"\bnpm_[A-Za-z0-9]{36}\b"),
    _shape("a PyPI token", b"pypi-AgEI", rb"\bpypi-AgEI[\w-]{50,}"),
    _shape("an npm token", b"_authToken", rb"_authToken\s*=\s*(?!\$)\S"),
    _shape("a Hathora token", b"hathora_", rb"\bhathora_(?:org|user)_[\w-]{40,}"),
)


def may_hold_a_secret(entry: Entry) -> bool:
    """Whether to look into it."""
    is_small = entry.kind is EntryKind.FILE and 0 < entry.size <= MOST_BYTES
    return is_small and _TEXTS.fullmatch(entry.path.rpartition("/")[2]) is not None


def secret_in(data: bytes) -> str | None:
    """What the first secret is; never its text."""
    return next(
        (each.what for each in SHAPES if each.mark in data and each.shape.search(data)), None
    )
