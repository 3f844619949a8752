"""A game server's folder for benchmarks: libraries of this machine, meshes, media, JSON.

``python -m benchmarks.tree FOLDER`` fills a folder, in a process whose memory is not that of what is measured.
"""

from __future__ import annotations

import json
import random
import shutil
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

MIB = 1 << 20
SIZE = 1024 * MIB
LIBRARIES = 6_800
"""At most so many files, and ``LIBRARY_BYTES`` of them."""
LIBRARY_BYTES = 420 * MIB
MEDIA = 24
"""Files of 16 MiB that do not become smaller: textures, sound and video are compressed already."""
RECORDS = 1_200
"""JSON files of about 60 KiB."""
VERTICES = MIB // 2
"""Of the landscape that meshes are cut from, of 20 bytes each."""
MESH = MIB // 2
"""Bytes of a mesh."""


def game_tree(folder: Path) -> None:
    """Fill a folder with ``SIZE`` bytes in about 8,700 files."""
    noise = random.Random(20)
    (folder / "Dockerfile").write_text("FROM scratch\nEXPOSE 7777/udp\nCOPY . /\n")
    size = _libraries(folder / "lib", noise)
    (folder / "media").mkdir()
    for number in range(MEDIA):
        (folder / "media" / f"{number}.bank").write_bytes(noise.randbytes(16 * MIB))
        size += 16 * MIB
    (folder / "data").mkdir()
    for number in range(RECORDS):
        text = json.dumps([_item(noise) for _ in range(500)], indent=1)
        (folder / "data" / f"{number}.json").write_text(text)
        size += len(text)
    (folder / "meshes").mkdir()
    landscape = _landscape(noise)
    for number in range((SIZE - size) // MESH):
        start = noise.randrange(len(landscape) - MESH)
        (folder / "meshes" / f"{number}.mesh").write_bytes(landscape[start : start + MESH])


def _libraries(folder: Path, noise: random.Random) -> int:
    """Copies of what this machine has; returns their bytes."""
    found = sorted(_files())
    noise.shuffle(found)
    folder.mkdir()
    size = 0
    for number, source in enumerate(found[:LIBRARIES]):
        length = source.stat().st_size
        if size + length > LIBRARY_BYTES or not length:
            continue
        place = folder / f"{number % 60}"
        place.mkdir(exist_ok=True)
        shutil.copyfile(source, place / f"{number}-{source.name}")
        size += length
    return size


def _files() -> Iterator[Path]:
    for place in dict.fromkeys(
        (Path(sys.prefix, "lib"), Path(sys.base_prefix, "lib"), Path("/usr/lib"))
    ):
        for path in place.rglob("*"):
            if path.suffix in (".py", ".so", ".pyi", ".js", ".h", ".a", ".txt") and path.is_file():
                yield path


def _landscape(noise: random.Random) -> bytes:
    """Vertices as engines pack them: a position that wanders, a normal in bytes, a place in a texture."""
    vertex = struct.Struct("<3f4b2H")
    x = y = z = 0.0
    landscape = bytearray()
    for _ in range(VERTICES):
        x, y, z = x + noise.random(), y + noise.gauss(0, 0.1), z + noise.random() - 0.5
        normal = (noise.randrange(-9, 10), 120, noise.randrange(-9, 10), 0)
        texture = (int(x * 64) & 0xFFFF, int(z * 64) & 0xFFFF)
        landscape += vertex.pack(x, y, z, *normal, *texture)
    return bytes(landscape)


def _item(noise: random.Random) -> dict[str, object]:
    return {
        "id": noise.randrange(1 << 32),
        "name": noise.choice(("sword", "shield", "potion", "ring", "scroll")),
        "position": [round(noise.uniform(-1e3, 1e3), 3) for _ in range(3)],
        "isVisible": noise.random() < 0.9,
    }


if __name__ == "__main__":
    game_tree(Path(sys.argv[1]))
