"""An image of a shell and of the libraries that the games are linked with: no registry is asked."""

from __future__ import annotations

import io
import secrets
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from hathora_deploy.cloud.runtime.engine import find_engine, open_client
from tests.cloud.runtime.base_image import libraries

BUSYBOX = Path("/bin/busybox")
APPLETS = ("sh", "mkdir", "mktemp")


@contextmanager
def base_image(programs: Iterable[Path]) -> Iterator[str]:
    """The name of an image that has what the programs need; it goes as one that is ``imported``."""
    if not BUSYBOX.exists():
        pytest.skip("there is no shell for an image: apt-get install busybox-static")
    with imported(_root_filesystem(programs)) as name:
        yield name


@contextmanager
def imported(root_filesystem: bytes) -> Iterator[str]:
    """The name of an image; it ends with all that was built on it."""
    url = find_engine()
    if url is None:
        pytest.skip("no Docker Engine answers")
    label = f"hathora-deploy-test=games-{secrets.token_hex(4)}"
    name = f"hathora-test/{label.partition('=')[2]}"
    with closing(open_client(url)) as engine:
        engine.api.import_image_from_data(
            root_filesystem, repository=name, tag="latest", changes=[f"LABEL {label}"]
        )
        try:
            yield name
        finally:
            for image in engine.images.list(filters={"label": label}):
                engine.images.remove(image.id, force=True)


def _root_filesystem(programs: Iterable[Path]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", dereference=True) as root:
        root.add(BUSYBOX, "bin/busybox")
        for applet in APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            root.addfile(link)
        temporary = tarfile.TarInfo("tmp")
        temporary.type, temporary.mode = tarfile.DIRTYPE, 0o1777
        root.addfile(temporary)
        for library in sorted(libraries(*programs)):
            root.add(library, str(library).lstrip("/"))
    return archive.getvalue()
