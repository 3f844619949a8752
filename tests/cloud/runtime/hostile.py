"""Archives that no honest tool would pack: each with what the log of its build has to say."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

BLOCK: Final = 512
END: Final = bytes(2 * BLOCK)
EIB: Final = 1 << 60
_PIECE: Final = 1 << 22


@dataclass(frozen=True)
class Hostile:
    """An archive, made a piece at a time, and a regular expression for its refusal."""

    name: str
    said: str
    pieces: Callable[[], Iterable[bytes]]

    def __str__(self) -> str:
        return self.name


def entry(
    name: str,
    kind: bytes = tarfile.REGTYPE,
    link: str = "",
    content: bytes = b"",
    *,
    size: int | None = None,
    mode: int = 0o755,
    pax: dict[str, str] | None = None,
) -> bytes:
    """An entry as it stands in a tar; ``size`` is what it claims, if that is not true."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, link, mode
    made.size = len(content) if size is None else size
    made.pax_headers = pax or {}
    form = tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT
    return made.tobuf(form, "utf-8", "surrogateescape") + content + bytes(-len(content) % BLOCK)


def extension(kind: bytes, content: bytes, *, size: int | None = None) -> bytes:
    """A header that extends the next one."""
    return entry("././@LongLink", kind, content=content, size=size)


def record(key: str, value: str | bytes) -> bytes:
    """A PAX record."""
    rest = (
        b" " + key.encode() + b"=" + (value.encode() if isinstance(value, str) else value) + b"\n"
    )
    size = len(rest)
    while len(str(size)) + len(rest) != size:
        size = len(str(size)) + len(rest)
    return str(size).encode() + rest


def sealed(header: bytes) -> bytes:
    """A header that was tampered with, with the checksum of what it is now."""
    blank = header[:148] + b" " * 8 + header[156:BLOCK]
    return blank[:148] + b"%06o\0 " % sum(blank) + blank[156:] + header[BLOCK:]


DOCKERFILE: Final = entry("Dockerfile", content=b'FROM scratch\nCOPY . /\nCMD ["/good"]\n')
GOOD: Final = gzip.compress(DOCKERFILE + entry("good", content=b"#!/bin/sh\n") + END)


def _tar(*entries: bytes) -> Callable[[], Iterable[bytes]]:
    return lambda: [gzip.compress(DOCKERFILE + b"".join(entries) + END)]


def _raw(content: bytes) -> Callable[[], Iterable[bytes]]:
    return lambda: [gzip.compress(content)]


def _plain(content: bytes) -> Callable[[], Iterable[bytes]]:
    return lambda: [content]


def _members(first: bytes, repeated: bytes, times: int) -> Callable[[], Iterator[bytes]]:
    """A gzip of members, of which one is made once and sent often: gigabytes cost nothing."""

    def pieces() -> Iterator[bytes]:
        yield gzip.compress(first)
        member = gzip.compress(repeated)
        batch = max(1, _PIECE // len(member))
        for at in range(0, times, batch):
            yield member * min(batch, times - at)

    return pieces


def _endless_header() -> Iterator[bytes]:
    """One gzip member whose name never ends."""
    yield b"\x1f\x8b\x08\x08" + bytes(6)
    for _ in range(8):
        yield b"n" * (1 << 20)


def _wrong_end(offset: int) -> Callable[[], Iterable[bytes]]:
    data = bytearray(GOOD)
    data[offset] ^= 1
    return _plain(bytes(data))


def _sparse_gnu() -> bytes:
    """An old GNU header of a file with one hole, of 8 EiB less a byte."""
    header = bytearray(entry("hole", b"S", content=b"x" * BLOCK))
    header[386:410] = b"%011o\0%011o\0" % (0, BLOCK)
    header[483:495] = b"\x80" + (8 * EIB - 1).to_bytes(11, "big")
    return sealed(bytes(header))


def _binary_size(number: bytes) -> bytes:
    header = bytearray(entry("f"))
    header[124:136] = number
    return sealed(bytes(header))


def _broken(at: int, new: bytes) -> bytes:
    header = bytearray(entry("f"))
    header[at : at + len(new)] = new
    return bytes(header)


_OUTSIDE = "lies outside of its root"
_OUT = "leads out of the archive"
_ROUND = "in a circle or too far"
_DEVICE = "is a device"
_DAMAGED = "damaged or cut short"
_SYM, _HARD, _DIR = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
_MANY = b"".join(entry(f"d{number}/file") for number in range(2048))


def _links(count: int) -> bytes:
    return b"".join(entry(f"l{at}", _SYM, f"l{at + 1}") for at in range(count)) + entry(f"l{count}")


HOSTILE: Final = [
    Hostile(name, said, pieces)
    for name, said, pieces in [
        # Names that lead out
        ("absolute path", f"'/tmp/evil'.*{_OUTSIDE}", _tar(entry("/tmp/evil"))),
        ("parent", f"'../evil'.*{_OUTSIDE}", _tar(entry("../evil"))),
        ("parent within", _OUTSIDE, _tar(entry("a/../../evil"))),
        ("parent alone", _OUTSIDE, _tar(entry("..", _DIR))),
        ("parent by PAX", _OUTSIDE, _tar(entry("f", pax={"path": "../evil"}))),
        ("parent by GNU", _OUTSIDE, _tar(extension(b"L", b"../evil\0"), entry("f"))),
        # Links that lead out
        ("symlink to a file", f"'l' {_OUT}, to '/etc/passwd'", _tar(entry("l", _SYM, "/etc/passwd"))),
        ("symlink to the parent", _OUT, _tar(entry("l", _SYM, ".."))),
        ("symlink by PAX", _OUT, _tar(entry("l", _SYM, pax={"linkpath": "../.."}))),
        ("symlink through nothing", _OUT, _tar(entry("l", _SYM, "missing/../../evil"))),
        (
            "symlink through a symlink",
            _OUT,
            _tar(entry("d/e/up", _SYM, "../.."), entry("l", _SYM, "d/e/up/..")),
        ),
        ("symlink to itself", _ROUND, _tar(entry("l", _SYM, "l"))),
        ("symlinks in a circle", _ROUND, _tar(entry("a", _SYM, "b"), entry("b", _SYM, "a"))),
        ("chain of symlinks", _ROUND, _tar(_links(60))),
        ("symlink to nothing", "leads nowhere", _tar(entry("l", _SYM))),
        ("file through a link out", _OUT, _tar(entry("l", _SYM, "/tmp"))),
        (
            "link, then a file through it",
            "'l' is a folder and a link",
            _tar(entry("l", _SYM, ".."), entry("l/evil", content=b"x")),
        ),
        (
            "link within, then a file through it",
            "'l' is a folder and a link",
            _tar(entry("d", _DIR), entry("l", _SYM, "d"), entry("l/evil", content=b"x")),
        ),
        (
            "file, then its folder a link",
            "'l' is a folder and a link",
            _tar(entry("l/evil", content=b"x"), entry("l", _SYM, "..")),
        ),
        ("hard link out", _OUTSIDE, _tar(entry("h", _HARD, "../../secret"))),
        ("hard link to a file", _OUTSIDE, _tar(entry("h", _HARD, "/etc/passwd"))),
        ("hard link to nothing", "no file before it", _tar(entry("h", _HARD, "none"))),
        ("hard link to itself", "no file before it", _tar(entry("h"), entry("h", _HARD, "h"))),
        (
            "hard link to a symlink",
            "no file before it",
            _tar(entry("l", _SYM, "Dockerfile"), entry("h", _HARD, "l")),
        ),
        # What is no file
        ("character device", _DEVICE, _tar(entry("null", tarfile.CHRTYPE))),
        ("block device", _DEVICE, _tar(entry("disk", tarfile.BLKTYPE))),
        ("fifo", "is a named pipe", _tar(entry("pipe", tarfile.FIFOTYPE))),
        ("unknown type", "unknown type 'V'", _tar(entry("label", b"V"))),
        ("sparse file of GNU", "'hole'.*sparse", _tar(_sparse_gnu())),
        (
            "sparse file of PAX",
            "'hole'.*sparse",
            _tar(
                entry(
                    "x",
                    content=b"0\n" + bytes(510),
                    pax={
                        "GNU.sparse.major": "1",
                        "GNU.sparse.minor": "0",
                        "path": "hole",
                        "GNU.sparse.realsize": str(8 * EIB - 1),
                    },
                )
            ),
        ),
        # One name for two things
        ("file, then folder", "'f' is a file and a folder", _tar(entry("f"), entry("f", _DIR))),
        ("folder, then file", "'f' is a file and a folder", _tar(entry("f", _DIR), entry("f"))),
        ("file as a folder", "'f' is a file and a folder", _tar(entry("f"), entry("f/g"))),
        ("folder, then link", "'d' is a folder and a link", _tar(entry("d/f"), entry("d", _SYM, "e"))),
        ("file named as the root", "is a file and a folder", _tar(entry("./"), entry("."))),
        # Too much of everything
        ("10 million entries", "more than 250,000 files", _members(DOCKERFILE, _MANY, 5000)),
        (
            "10 GB in 10 MB",
            r"claims 10,737,418,240 bytes.*times its size",
            _members(DOCKERFILE + entry("bomb", size=10 << 30), bytes(1 << 26), 160),
        ),
        (
            "10 GB in 10 MB, of many files",
            "times its size",
            _members(DOCKERFILE, entry("f", content=bytes((1 << 26) - BLOCK)), 160),
        ),
        ("endless zeros after the end", "16 MiB of nothing", _members(DOCKERFILE + END, bytes(1 << 26), 160)),
        ("endless empty members", "1,000 members", _members(DOCKERFILE, b"", 500_000)),
        ("endless gzip header", "stops in the middle", _endless_header),
        ("8 EiB by GNU", "claims 9,223,372,036,854,775,807", _tar(
            _binary_size(b"\x80" + (8 * EIB - 1).to_bytes(11, "big"))
        )),
        ("8 EiB by PAX", "claims 9,223,372,036,854,775,807", _tar(
            extension(b"x", record("size", str(8 * EIB - 1))), entry("f")
        )),
        ("size of a hundred digits", "no number", _tar(
            extension(b"x", record("size", "9" * 100)), entry("f")
        )),
        ("PAX header of 4 GB", "claims 4,294,967,296 bytes", _members(
            DOCKERFILE + extension(b"x", b"", size=4 << 30), bytes(1 << 26), 64
        )),
        ("name of 3 GB", "claims 3,221,225,472 bytes", _members(
            DOCKERFILE + extension(b"L", b"", size=3 << 30), bytes(1 << 26), 48
        )),
        ("name of a megabyte", r"\(1,000,000 bytes\).*longer than 2,048", _tar(
            extension(b"L", b"n" * 1_000_000), entry("f")
        )),
        ("link of a megabyte", "more than 2,048 bytes", _tar(
            extension(b"K", b"n" * 1_000_000), entry("l", _SYM, "x")
        )),
        ("long part of a name", "longer than 255", _tar(entry("n" * 300))),
        ("10,000 folders in one name", "longer than 2,048", _tar(entry("d/" * 10_000, _DIR))),
        ("10,000 folders in one another", "deeper than 128", lambda: [gzip.compress(DOCKERFILE + b"".join(
            entry("d/" * depth, _DIR) for depth in range(1, 1000)
        ) + END)]),
        ("endless PAX headers", "too many PAX headers", _members(
            DOCKERFILE, extension(b"g", record("comment", "c" * 1_000_000)), 400
        )),
        ("many PAX records", "over 200 records", _tar(
            extension(b"x", b"".join(record(f"k{at}", "v") for at in range(300))), entry("f")
        )),
        # Without form
        ("zero in a name", "zero in it", _tar(extension(b"x", record("path", b"a\0b")), entry("f"))),
        ("PAX record without form", "without form", _tar(extension(b"x", b"rubbish"), entry("f"))),
        ("PAX record of no length", "without form", _tar(extension(b"x", b"0 a=b\n"), entry("f"))),
        ("PAX record of huge length", "without form", _tar(extension(b"x", b"99 a=b\n"), entry("f"))),
        ("PAX record twice", "names a record twice", _tar(
            extension(b"x", record("path", "a") + record("path", "b")), entry("f")
        )),
        ("two names", "by PAX and one by GNU", _tar(
            extension(b"x", record("path", "a")), extension(b"L", b"b"), entry("f")
        )),
        ("two PAX headers", "two PAX headers", _tar(
            extension(b"x", record("path", "a")), extension(b"x", record("path", "b")), entry("f")
        )),
        ("a name for all", "global header", _tar(extension(b"g", record("path", "x")), entry("f"))),
        ("extension of nothing", "never comes", _tar(extension(b"L", b"name"))),
        ("folder with content", "claims content", _tar(entry("d", _DIR, content=b"x" * BLOCK))),
        ("link with content", "claims content", _tar(entry("l", _SYM, "f", content=b"x" * BLOCK))),
        ("wrong checksum", "checksum is wrong", _tar(_broken(0, b"g"))),
        ("size that is no number", "size is no number", _tar(_binary_size(b"0o17_7777777"))),
        ("size below zero", "size is no number", _tar(_binary_size(b"\xff" * 12))),
        ("one block at the end", "end is not whole", _raw(DOCKERFILE + bytes(BLOCK))),
        ("something after the end", "follows its end", _tar(END, entry("hidden"))),
        ("rubbish after the gzip", "what follows its gzip is none", _plain(GOOD + b"rubbish")),
        ("zeros after the gzip", "what follows its gzip is none", _plain(GOOD + bytes(BLOCK))),
        ("gzip with a wrong checksum", _DAMAGED, _wrong_end(-8)),
        ("gzip with a wrong length", _DAMAGED, _wrong_end(-4)),
        ("gzip that breaks off", "stops in the middle", _plain(GOOD[:-9])),
        ("a zip", "it is no gzip", _plain(b"PK\x03\x04 a zip")),
        ("a tar that is not compressed", "it is no gzip", _plain(DOCKERFILE + END)),
        ("zlib instead of gzip", "it is no gzip", _plain(zlib.compress(DOCKERFILE + END))),
        ("a gzip of text", "checksum", _raw(b"no tar at all, " * 100)),
        ("a gzip of nothing", "stops before its end", _raw(b"")),
        # No Dockerfile
        ("no entries", "no Dockerfile", _raw(END)),
        ("no Dockerfile", "no Dockerfile", _raw(entry("game") + END)),
        ("Dockerfile below", "no Dockerfile", _raw(entry("d/Dockerfile") + END)),
        ("Dockerfile that is a folder", "no Dockerfile", _raw(entry("Dockerfile", _DIR) + END)),
        ("Dockerfile that leads nowhere", "no Dockerfile", _raw(entry("Dockerfile", _SYM, "x") + END)),
        ("Dockerfile of 2 MiB", "more than 1 MiB", _raw(
            entry("Dockerfile", content=b"#" * (2 << 20)) + END
        )),
    ]
]  # fmt: skip


def truncations() -> Iterator[tuple[int, bytes]]:
    """An archive with everything in it, whole as a gzip, whose tar ends early at each block."""
    out = io.BytesIO()
    out.write(DOCKERFILE + entry("d", _DIR) + entry("f", content=b"x" * 1000))
    out.write(entry("long" * 50, content=b"x") + entry("p", pax={"comment": "c"}))
    out.write(entry("s", _SYM, "f") + entry("h", _HARD, "f") + END)
    whole = out.getvalue()
    for size in range(0, len(whole), BLOCK):
        yield size, gzip.compress(whole[:size])
