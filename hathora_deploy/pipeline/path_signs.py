"""What paths, modes and links tell of likely secrets and likely mistakes. Pure."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from hathora_deploy.pipeline.concern import Concern, Remedy
from hathora_deploy.pipeline.context import Entry, EntryKind

_MOST_PATTERNS: Final = 3
_LARGE: Final = 1 << 20
"""Bytes from which on what is not needed is worth a word."""


@dataclass(frozen=True)
class _Sign:
    """A sign that a path gives. ``pattern`` is what to write into the ignore file; None, by the paths."""

    what: str
    path: re.Pattern[str]
    pattern: str | None = None
    beside: str | None = None
    """Of a folder, what has to be beside it."""
    least: int = 0
    """Bytes that all together have at least."""


def _sign(
    what: str, path: str, pattern: str | None = None, *, beside: str | None = None, least: int = 0
) -> _Sign:
    return _Sign(what, re.compile(f"(?:.*/)?(?:{path})", re.DOTALL), pattern, beside, least)


SIGNS: Final = (
    _sign(
        "likely a secret is sent",
        r"id_(?:rsa|dsa|ecdsa|ed25519)|.*\.(?:p12|pfx|ppk|kdbx|keystore|jks)",
    ),
    _sign(
        "likely secrets are sent",
        r"\.env(?:\.(?!example$|sample$|template$|dist$|defaults$).*)?",
        "**/.env*",
    ),
    _sign(
        "likely secrets are sent",
        r"(?!(?:example|sample|template|dist|defaults?)\.env)[^/]+\.env",
    ),
    _sign(
        "likely passwords are sent",
        r"\.pypirc|[._]netrc|\.git-credentials|\.pgpass|\.htpasswd|\.docker/config\.json"
        r"|\.aws/credentials|\.kube/config|application_default_credentials\.json|.*\.tfstate",
    ),
    _sign("the history of the project is sent", r"\.(?:git|svn|hg)"),
    _sign("the caches of the Unity editor are sent", "Library|Temp", beside="ProjectSettings"),
    _sign(
        "the caches of the Unreal editor are sent",
        "Intermediate|Saved|DerivedDataCache",
        beside="Source",
    ),
    _sign(
        "debug symbols are sent",
        r".*\.(?:pdb|debug|sym)|.*_BurstDebugInformation_DoNotShip/.*"
        r"|.*_BackUpThisFolder_ButDontShipItWithYourGame/.*|.*\.dSYM/.*",
        least=_LARGE,
    ),
    _sign("a build for Windows is sent", r"UnityPlayer\.dll|Binaries/Win64/.*\.exe"),
    _sign("a build for macOS is sent", r"[^/]*\.app/Contents/MacOS"),
)

_ANY_SIGN: Final = re.compile("|".join(sign.path.pattern for sign in SIGNS), re.DOTALL)
"""Most files show none."""


def signs(entries: Sequence[Entry], *, remedy: Remedy) -> Iterator[Concern]:
    """What can be told without a look into any file."""
    yield from _by_name(entries, remedy)
    yield from _links_that_lead_out(entries)
    yield from _alike_but_for_case(entries)


def to_leave_out(
    what: str, found: Sequence[Entry], *, pattern: str | None = None, remedy: Remedy
) -> Concern:
    """A concern about entries that ``pattern`` matches, or else one that is made for them."""
    paths = tuple(each.path for each in found)
    return Concern(what, paths, remedy.leave_out.format(pattern=pattern or _pattern_for(paths)))


def _by_name(entries: Sequence[Entry], remedy: Remedy) -> Iterator[Concern]:
    folders = {entry.path for entry in entries if entry.kind is EntryKind.FOLDER}
    suspects = [each for each in entries if _ANY_SIGN.fullmatch(each.path)]
    for sign in SIGNS:
        found = [each for each in suspects if sign.path.fullmatch(each.path)]
        if sign.beside:
            found = [
                each
                for each in found
                if str(PurePosixPath(each.path).with_name(sign.beside)) in folders
            ]
        if found and sum(each.size for each in found) >= sign.least:
            yield to_leave_out(sign.what, found, pattern=sign.pattern, remedy=remedy)


def _links_that_lead_out(entries: Sequence[Entry]) -> Iterator[Concern]:
    found = tuple(each.path for each in entries if _leads_out(each))
    if found:
        advice = "a cloud may refuse it: send the file itself, or make the link in the Dockerfile by RUN ln -s"
        yield Concern("a link that leads out of the folder is sent", found, advice)


def _leads_out(entry: Entry) -> bool:
    """As far as its own text tells: links that it leads through are not followed."""
    if entry.kind is not EntryKind.SYMLINK:
        return False
    end = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), entry.target))
    return end.startswith("/") or end.split("/")[0] == ".."


def _alike_but_for_case(entries: Sequence[Entry]) -> Iterator[Concern]:
    """Of what is in folders that are alike, the folders are enough."""
    lower_paths = [entry.path.lower() for entry in entries]
    if len(set(lower_paths)) == len(lower_paths):
        return
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for lower, entry in zip(lower_paths, entries, strict=True):
        alike[lower].append(entry.path)
    found = tuple(
        path
        for lower, paths in alike.items()
        if len(paths) > 1 and len(alike.get(posixpath.dirname(lower), ())) < 2
        for path in paths
    )
    advice = "rename all but one, for on Windows and macOS they are one and the same"
    yield Concern("paths that differ only in case are sent", found, advice)


def _pattern_for(paths: Sequence[str]) -> str:
    """What of the ignore file matches these: the path, the name that all have, or a pattern each."""
    names = {posixpath.basename(path) for path in paths}
    if len(paths) > 1 and len(names) == 1:
        return f"**/{_literally(names.pop())}"
    return " and ".join(map(_literally, paths)) if len(paths) <= _MOST_PATTERNS else "each of them"


def _literally(path: str) -> str:
    """The pattern that matches just this, though a line could begin a comment so, or lose its blanks."""
    escaped = re.sub(r"([*?\[\]\\]|^[!#])", r"\\\1", path)
    return re.sub(r"^\s|\s$|[\r\n]", "?", escaped)
