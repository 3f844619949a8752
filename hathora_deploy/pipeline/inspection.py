"""Likely secrets and likely mistakes in a build context: worth a word, and no reason to stop."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from hathora_deploy.dockerfile import Dockerfile, DockerfileError, parse
from hathora_deploy.pipeline.context import DOCKERFILE, IGNORE_FILE, BuildContext, Entry, EntryKind
from hathora_deploy.pipeline.entry_point import EntryPoint, find_entry_point
from hathora_deploy.pipeline.program import (
    HEAD_BYTES,
    USUAL_MACHINE,
    foreign_system,
    has_windows_line_ends,
    unusual_machine,
)
from hathora_deploy.pipeline.secret_shapes import MOST_BYTES, may_hold_a_secret, secret_in

_MOST_FILES: Final = 500
"""That are looked into: those nearest to the top, where settings are."""
_LARGE: Final = 1 << 20
"""Bytes from which on what is not needed is worth a word."""
_LEAVE_OUT: Final = f"write {{pattern}} into {IGNORE_FILE} to leave it out"


@dataclass(frozen=True)
class Concern:
    """What may be wrong, where, and what to do about it."""

    what: str
    paths: tuple[str, ...]
    advice: str

    def __str__(self) -> str:
        more = f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else ""
        where = f": {self.paths[0]}{more}" if self.paths else ""
        return f"{self.what}{where}; {self.advice}"


@dataclass(frozen=True)
class _Sign:
    """A sign that a path gives. ``pattern`` is what to write into the ignore file; None, its path."""

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


def inspect(context: BuildContext) -> tuple[Concern, ...]:
    """Reads no more than a few hundred small files, and the first bytes of the entry point."""
    concerns = [
        *_by_name(context.entries),
        *_links_that_lead_out(context.entries),
        *_by_content(context),
    ]
    dockerfile = _read_dockerfile(context)
    if dockerfile:
        concerns += _installed_again(dockerfile, context.entries)
        entry_point = find_entry_point(dockerfile, context.entries)
        if entry_point:
            concerns += _of_entry_point(entry_point)
    return tuple(concerns)


def _read_dockerfile(context: BuildContext) -> Dockerfile | None:
    """None for one that is wrong, of which others tell."""
    try:
        return parse(context.dockerfile.read_text(encoding="utf-8"))
    except (DockerfileError, OSError, ValueError):
        return None


def _by_name(entries: Sequence[Entry]) -> Iterator[Concern]:
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
            yield _left_out_by(sign.what, found, sign.pattern)


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


def _by_content(context: BuildContext) -> Iterator[Concern]:
    likely = sorted(
        filter(may_hold_a_secret, context.entries), key=lambda each: each.path.count("/")
    )
    found: dict[str, list[Entry]] = {}
    for entry in islice(likely, _MOST_FILES):
        secret = secret_in(_head(entry, MOST_BYTES))
        if secret:
            found.setdefault(secret, []).append(entry)
    for secret, entries in found.items():
        yield _left_out_by(f"likely {secret} is sent", entries, None)


def _left_out_by(what: str, found: Sequence[Entry], pattern: str | None) -> Concern:
    paths = tuple(each.path for each in found)
    return Concern(what, paths, _LEAVE_OUT.format(pattern=pattern or _pattern_for(paths[0])))


def _pattern_for(path: str) -> str:
    """The pattern of the ignore file that matches just this."""
    return re.sub(r"([*?\[\]\\])", r"\\\1", path)


def _installed_again(dockerfile: Dockerfile, entries: Sequence[Entry]) -> Iterator[Concern]:
    installs = any(
        each.keyword == "RUN" and re.search(r"\b(npm (ci|i|install)|yarn|pnpm i)\b", each.text)
        for each in dockerfile.instructions
    )
    if not installs:
        return
    found = [each for each in entries if PurePosixPath(each.path).name == "node_modules"]
    if found:
        what = "packages are sent although the Dockerfile installs them"
        yield _left_out_by(what, found, "**/node_modules")


def _of_entry_point(entry_point: EntryPoint) -> Iterator[Concern]:
    starts = f"{DOCKERFILE}, line {entry_point.line}, starts {entry_point.path}"
    if entry_point.is_missing:
        yield Concern(
            f"{starts}, which no file of the folder becomes",
            (),
            f"check its name, and that {IGNORE_FILE} keeps it (`hathora-deploy package --list`)",
        )
    entry = entry_point.entry
    if entry is None:
        return
    for what, advice in _of_program(entry_point, entry, _head(entry, HEAD_BYTES)):
        yield Concern(f"{starts}: {what}", (entry.path,), advice)


def _of_program(entry_point: EntryPoint, entry: Entry, head: bytes) -> Iterator[tuple[str, str]]:
    system, machine = foreign_system(head), unusual_machine(head)
    is_script = head.startswith(b"#!") or entry_point.is_shell_script
    if entry_point.is_run_directly and system:
        yield f"it is a program for {system}", f"build the server for Linux, {USUAL_MACHINE}"
    if entry_point.is_run_directly and machine:
        yield (
            f"it is a program for {machine}",
            f"build it for {USUAL_MACHINE}, unless the cloud's machines are of this kind",
        )
    if is_script and has_windows_line_ends(head) and not entry_point.may_be_changed:
        yield "its lines end as on Windows", f"run `sed -i 's/\\r$//' {_quoted(entry)}`"
    if entry_point.is_run_directly and not entry.is_executable and not entry_point.may_be_changed:
        yield "it may not be executed", f"run `chmod +x {_quoted(entry)}`"


def _quoted(entry: Entry) -> str:
    return shlex.quote(entry.source.as_posix())


def _head(entry: Entry, length: int) -> bytes:
    """Nothing of a file that is gone, or cannot be read: packing tells."""
    try:
        with entry.source.open("rb") as file:
            return file.read(length)
    except OSError:
        return b""
