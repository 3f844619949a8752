"""What honest tools pack is taken for what it is; whatever else comes is refused, and nothing else."""

from __future__ import annotations

import gzip
import io
import os
import random
import shutil
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest

from hathora_deploy.cloud.archive.limits import Bound
from hathora_deploy.cloud.archive.stream import Entry, EntryKind, open_tar
from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed
from hathora_deploy.pipeline.archive import pack as pack_context
from hathora_deploy.pipeline.context import read_context
from tests.cloud.runtime.archives import inspected
from tests.cloud.runtime.hostile import DOCKERFILE, END, entry, sealed
from tests.gnu_tar import needs_gnu_tar

UNBOUND = Bound(1 << 40, "", "")
BLOCK = 512


def entries(archive: Path) -> list[tuple[Entry, bytes]]:
    with open_tar(archive, bound=UNBOUND, extensions=1 << 20, cancelled=threading.Event()) as tar:
        return [(one, b"".join(tar.content())) for one in tar.entries()]


def passes(archive: Path) -> bool:
    try:
        inspected(archive)
    except BuildFailed:
        return False
    return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With names, sizes and links that take every kind of header."""
    made = tmp_path / "folder"
    long = made / ("d" * 90) / ("e" * 90)
    long.mkdir(parents=True)
    (made / "Dockerfile").write_text("FROM scratch\n")
    (made / "empty").touch()
    (made / "größe").write_bytes(os.urandom(3000))
    (long / "file").write_bytes(b"x" * BLOCK)
    (long / "link").symlink_to("../" + "e" * 90 + "/file")
    (made / "hard").hardlink_to(long / "file")
    (made / "run").write_text("#!/bin/sh\n")
    (made / "run").chmod(0o755)
    return made


@needs_gnu_tar
@pytest.mark.parametrize("form", ["gnu", "oldgnu", "pax"])
def test_an_archive_of_gnu_tar_is_read_as_tarfile_reads_it(folder: Path, form: str) -> None:
    os.utime(folder / "empty", (-5, -5))
    archive = folder.parent / "a.tgz"
    subprocess.run(["tar", f"--format={form}", "-czf", archive, "-C", folder, "."], check=True)
    inspected(archive)
    kinds = {
        tarfile.REGTYPE: EntryKind.FILE,
        tarfile.DIRTYPE: EntryKind.FOLDER,
        tarfile.SYMTYPE: EntryKind.SYMLINK,
        tarfile.LNKTYPE: EntryKind.HARD_LINK,
    }
    expected = []
    with tarfile.open(archive) as tar:
        for one in tar:
            content = tar.extractfile(one) if one.isreg() else None
            expected.append(
                (
                    os.fsencode(one.name),
                    kinds[one.type],
                    one.mode,
                    os.fsencode(one.linkname),
                    content.read() if content else b"",
                )
            )
    read = [
        (one.name.rstrip(b"/"), one.kind, one.mode, one.target, content)
        for one, content in entries(archive)
    ]
    assert read == expected
    assert len(read) == 10


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_an_archive_of_python_passes(folder: Path, form: int) -> None:
    (folder / "hard").unlink()  # the format of old has no room for where it leads
    archive = folder.parent / "a.tgz"
    with tarfile.open(archive, "w:gz", format=form) as tar:
        tar.add(folder, ".")
    assert inspected(archive).dockerfile == "FROM scratch\n"


def test_an_archive_of_a_deploy_passes(folder: Path) -> None:
    with pack_context(read_context(folder)) as archive:
        assert inspected(archive.path).dockerfile == "FROM scratch\n"


def test_an_archive_of_git_passes(folder: Path) -> None:
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    git = ["git", "-c", "user.name=n", "-c", "user.email=e", "-C", str(folder)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "m"]):
        subprocess.run([*git, *words], check=True)
    archive = folder.parent / "a.tgz"
    subprocess.run([*git, "archive", "-o", archive, "HEAD"], check=True)
    assert inspected(archive).dockerfile == "FROM scratch\n"


def test_a_gzip_may_have_members_names_and_comments(tmp_path: Path) -> None:
    out = io.BytesIO()
    data = DOCKERFILE + entry("f", content=os.urandom(100_000)) + END
    for at in range(0, len(data), 1000):
        with gzip.GzipFile("a name", "wb", fileobj=out) as member:
            member.write(data[at : at + 1000])
    (tmp_path / "a.tgz").write_bytes(out.getvalue() + gzip.compress(b""))
    inspected(tmp_path / "a.tgz")


def test_a_dockerfile_may_be_a_link(tmp_path: Path) -> None:
    data = entry("Dockerfile", tarfile.SYMTYPE, "docker/file") + entry("docker/file") + END
    (tmp_path / "a.tgz").write_bytes(gzip.compress(data))
    assert inspected(tmp_path / "a.tgz").dockerfile == ""


@needs_gnu_tar
def test_an_inspection_ends_when_it_is_cancelled(folder: Path) -> None:
    archive = folder.parent / "a.tgz"
    subprocess.run(["tar", "-czf", archive, "-C", folder, "."], check=True)
    cancelled = threading.Event()
    cancelled.set()
    with (
        pytest.raises(BuildCancelled),
        open_tar(archive, bound=UNBOUND, extensions=0, cancelled=cancelled) as tar,
    ):
        list(tar.entries())


@needs_gnu_tar
@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_changed_in_an_archive_it_passes_or_is_refused(folder: Path, seed: int) -> None:
    """No other error comes of it: that would be the cloud's fault, and say nothing to anybody."""
    archive = folder.parent / "a.tgz"
    form = ("gnu", "pax", "ustar", "v7")[seed % 4]
    packed = subprocess.run(
        ["tar", f"--format={form}", "-cf", "-", "-C", folder, "."], capture_output=True, check=False
    ).stdout
    chance = random.Random(seed)
    refused = 0
    for _ in range(60):
        data = bytearray(packed)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(data) // BLOCK) * BLOCK
            where = at + chance.randrange(BLOCK)
            data[where : where + 1] = bytes([chance.choice((0, 32, 48, 55, 47, 46, 255, 128, 10))])
            # With its checksum set right it is read on, to what was changed.
            data[at : at + BLOCK] = sealed(bytes(data[at : at + BLOCK]))
        archive.write_bytes(gzip.compress(bytes(data), 1))
        refused += not passes(archive)
    assert refused
