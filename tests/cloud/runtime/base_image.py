"""A base image made of this machine's own Python and shell: no registry is asked."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

PROGRAMS = ("sh", "cat", "sleep", "env", "ls")


def base_image_tar() -> bytes:
    python = Path(sys.executable).resolve()
    programs = [Path(found) for name in PROGRAMS if (found := shutil.which(name))]
    stdlib = Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}))
    modules = sorted((stdlib / "lib-dynload").glob("*.so"))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", dereference=True) as tar:
        for file in {python, *programs, *libraries(python, *programs, *modules)}:
            tar.add(file, arcname=str(file))
        tar.add(stdlib, arcname=str(stdlib), filter=_without_ballast)
        for link, target in [("/usr/bin/python3", python), ("/bin/sh", shutil.which("sh"))]:
            if str(target) != link:
                entry = tarfile.TarInfo(link)
                entry.type, entry.linkname = tarfile.SYMTYPE, str(target)
                tar.addfile(entry)
    return out.getvalue()


def libraries(*programs: Path) -> set[Path]:
    found = set()
    for program in programs:
        listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
        found |= {Path(path) for path in re.findall(r"(/[^\s()]+)", listing.stdout)}
    return {path for path in found if path.is_file()}


def _without_ballast(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    ballast = {
        "site-packages",
        "test",
        "__pycache__",
        "idlelib",
        "ensurepip",
        "lib2to3",
        "pydoc_data",
    }
    return None if ballast & set(entry.name.split("/")) else entry
