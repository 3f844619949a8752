from __future__ import annotations

import gzip
import hashlib
import io
import random
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from isal import igzip

from hathora_deploy.pipeline import member_inspection
from hathora_deploy.pipeline.archive import Archive, pack
from hathora_deploy.pipeline.compression import Compression
from hathora_deploy.pipeline.context import read_context
from hathora_deploy.pipeline.errors import ContextError
from hathora_deploy.pipeline.given_archive import is_archive, read_archive


@pytest.fixture
def archive(folder: Path, tmp_path: Path) -> Path:
    (folder / "noise").write_bytes(random.Random(3).randbytes(300_000))
    path = tmp_path / "server.tgz"
    with pack(read_context(folder), compression=Compression(6)) as packed:
        path.write_bytes(packed.path.read_bytes())
    return path


def tgz(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    return path


def test_our_own_archive_is_known_for_what_it_is(archive: Path, folder: Path) -> None:
    given = read_archive(archive)
    assert given.file == Archive.of(archive)
    assert given.file.digest == hashlib.sha256(archive.read_bytes()).hexdigest()
    assert given.dockerfile_data == (folder / "Dockerfile").read_bytes()
    assert (given.files, given.size) == (3, read_context(folder).size)


@pytest.mark.parametrize("compress", ["gzip", "gzip -1"])
@pytest.mark.parametrize("kind", ["gnu", "pax", "ustar", "v7"])
@pytest.mark.skipif(sys.platform == "win32", reason="no GNU tar there")
def test_what_gnu_tar_has_made_of_a_folder_is_taken(
    folder: Path, tmp_path: Path, kind: str, compress: str
) -> None:
    path = tmp_path / "by-tar.tar.gz"
    subprocess.run(
        ["tar", "-I", compress, f"--format={kind}", "-cf", path, "-C", folder, "."], check=True
    )
    assert read_archive(path).files == 2


def test_several_gzip_members_are_one_archive(archive: Path) -> None:
    data = gzip.decompress(archive.read_bytes())
    archive.write_bytes(gzip.compress(data[:5000]) + gzip.compress(data[5000:]))
    assert read_archive(archive).files == 3


def test_an_archive_that_is_cut_anywhere_is_refused(archive: Path) -> None:
    data = archive.read_bytes()
    for length in {0, 1, 9, 10, 300, len(data) // 2, len(data) - 9, len(data) - 8, len(data) - 1}:
        archive.write_bytes(data[:length])
        with pytest.raises(ContextError, match=r"server\.tgz is damaged or cut short"):
            read_archive(archive)


def test_an_archive_with_a_wrong_bit_is_refused(archive: Path) -> None:
    data = archive.read_bytes()
    places = random.Random(5).sample(range(len(data) - 200, len(data)), 40)
    for place in [0, 1, 2, *random.Random(5).sample(range(10, len(data)), 60), *places]:
        archive.write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        with pytest.raises(ContextError, match="damaged or cut short"):
            read_archive(archive)


@pytest.mark.parametrize("length", [512, 700, 1024, 1536, 2000])
def test_a_tar_that_is_cut_before_it_was_compressed_is_refused(archive: Path, length: int) -> None:
    data = gzip.decompress(archive.read_bytes())
    archive.write_bytes(gzip.compress(data[:length]))
    with pytest.raises(ContextError, match="damaged or cut short"):
        read_archive(archive)


def test_a_broken_header_is_not_taken_for_the_end(archive: Path) -> None:
    data = bytearray(gzip.decompress(archive.read_bytes()))
    data[1024 + 100] ^= 1  # the mode of the second member
    archive.write_bytes(gzip.compress(data))
    with pytest.raises(ContextError, match="damaged or cut short"):
        read_archive(archive)


@pytest.mark.parametrize("name", ["server/Dockerfile", "dockerfile", "Dockerfile.dev"])
def test_an_archive_without_a_dockerfile_at_its_root_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContextError, match="no Dockerfile at its root") as caught:
        read_archive(tgz(tmp_path / "x.tgz", {name: b"FROM scratch\n"}))
    assert "-C FOLDER" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["Dockerfile", "./Dockerfile"])
def test_a_dockerfile_at_the_root_is_found(tmp_path: Path, name: str) -> None:
    given = read_archive(tgz(tmp_path / "x.tgz", {"game": b"x", name: b"FROM scratch\n"}))
    assert given.dockerfile_data == b"FROM scratch\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [(b"FROM scratch\nEXPOSE all\n", ", line 2: "), (b"FROM scr\xe4tch\n", " is not UTF-8")],
)
def test_what_is_wrong_with_the_dockerfile_is_told_with_its_place(
    tmp_path: Path, text: bytes, problem: str
) -> None:
    given = read_archive(tgz(tmp_path / "x.tgz", {"Dockerfile": text}))
    with pytest.raises(ContextError, match=rf"the Dockerfile in .*x\.tgz{problem}"):
        given.dockerfile()
    assert given.concerns() == ()


def test_an_archive_that_changes_or_goes_is_known_not_to_be_the_same(archive: Path) -> None:
    given = read_archive(archive)
    given.require_unchanged()
    archive.write_bytes(archive.read_bytes() + b"more")
    with pytest.raises(ContextError, match=r"server\.tgz changed"):
        given.require_unchanged()
    archive.unlink()
    with pytest.raises(ContextError, match=r"server\.tgz cannot be read"):
        given.require_unchanged()


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tgz"
    for content in (b"", b"PK\3\4 a zip", gzip.compress(b""), gzip.compress(b"text " * 999)):
        path.write_bytes(content)
        with pytest.raises(ContextError, match="damaged or cut short"):
            read_archive(path)


def test_archives_are_files_named_so(tmp_path: Path) -> None:
    for name in ("a.tgz", "b.tar.gz", "C.TGZ"):
        (tmp_path / name).touch()
        assert is_archive(tmp_path / name)
    (tmp_path / "folder.tgz").mkdir()
    (tmp_path / "a.zip").touch()
    for name in ("folder.tgz", "a.zip", "absent.tgz"):
        assert not is_archive(tmp_path / name)


def tar_of(path: Path, *members: tuple[str, bytes, int]) -> Path:
    """An archive of files with their names, contents and modes; a Dockerfile comes last."""
    dockerfile = b"FROM debian\nCOPY . /srv\nRUN npm ci\nCMD /srv/bin/server\n"
    with tarfile.open(path, "w:gz") as tar:
        for name, content, mode in (*members, ("./Dockerfile", dockerfile, 0o644)):
            header = tarfile.TarInfo(name)
            header.size, header.mode = len(content), mode
            tar.addfile(header, io.BytesIO(content))
    return path


def said_of(path: Path) -> dict[tuple[str, ...], str]:
    """What is pointed out, by the paths that it is about."""
    return {each.paths: str(each) for each in read_archive(path).concerns()}


def test_members_are_looked_into_as_files_of_a_folder_are(tmp_path: Path) -> None:
    key = "".join(("AKIA", "Z7Q2M4N6P8R1S3T5")).encode()
    said = said_of(
        tar_of(
            tmp_path / "x.tgz",
            ("./bin/server", b"MZ" + bytes(5000), 0o644),
            ("config/.env", b"A=1", 0o644),
            ("deploy.sh", b"export KEY=" + key, 0o644),
            (".git/HEAD", b"ref", 0o644),
            ("web/node_modules/a.js", b"", 0o644),
            ("Maps/dust", b"", 0o644),
            ("maps/dust", b"", 0o644),
            ("sandbox", b"", 0o4755),
        )
    )
    assert "likely secrets are sent" in said[("config/.env",)]
    assert "AWS access key" in said[("deploy.sh",)]
    assert "history" in said[(".git",)]
    assert "packages are sent" in said[("web/node_modules",)]
    assert "differ only in case" in said[("Maps", "maps")]
    assert "may not be executed" in said[("bin/server",)]
    assert len(said) == 6  # of the setuid bit nothing: this archive keeps it
    assert not any(".dockerignore" in text or key.decode() in text for text in said.values())


def test_of_members_with_one_path_the_last_counts(tmp_path: Path) -> None:
    said = said_of(
        tar_of(
            tmp_path / "x.tgz",
            ("bin/server", b"MZ", 0o644),
            ("./bin/server", b"#!/bin/sh\n", 0o755),
        )
    )
    assert said == {}


def test_what_our_own_archive_holds_is_no_concern(archive: Path, folder: Path) -> None:
    (folder / "game").chmod(0o755)
    with pack(read_context(folder)) as packed:
        archive.write_bytes(packed.path.read_bytes())
    assert read_archive(archive).concerns() == ()


def test_only_so_many_members_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tar_of(tmp_path / "x.tgz", *((f"{n}/.env", b"", 0o644) for n in range(50)))
    monkeypatch.setattr(member_inspection, "_ROOM", 20_000)
    given = read_archive(path)
    (concern,) = given.concerns()  # none of the entry point, which may be among the others
    assert 10 < len(concern.paths) < 50
    assert given.files == 51


def test_an_archive_is_inflated_once(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    real = igzip.open
    monkeypatch.setattr(igzip, "open", lambda *words: opened.append(words) or real(*words))
    given = read_archive(archive)
    given.dockerfile()
    given.concerns()
    tar = gzip.decompress(archive.read_bytes())
    assert given.content(lambda _: None).digest == tar_digest(tar)
    assert len(opened) == 1


def tar_digest(tar: bytes) -> str:
    return hashlib.sha256(b"hathora-deploy tar 1\0" + tar).hexdigest()


def header(kind: bytes, size: int) -> bytes:
    member = tarfile.TarInfo("name")
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    "tar",
    [
        *(header(kind, size) for kind in (b"x", b"L", b"K") for size in (1 << 30, 1 << 70, -1)),
        header(b"0", -1024),
        header(b"L", 512) * 5000,
        header(b"x", 10) + b"10 =\xff\n\n\n\n\n".ljust(512, b"\0"),
    ],
)
def test_a_header_that_cannot_be_is_damage_and_takes_no_memory(tmp_path: Path, tar: bytes) -> None:
    path = tmp_path / "x.tgz"
    path.write_bytes(gzip.compress(tar + bytes(1 << 20)))
    with pytest.raises(ContextError, match=r"damaged|no Dockerfile"):
        read_archive(path)
