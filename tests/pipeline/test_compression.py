from __future__ import annotations

import gzip
import hashlib
import itertools
import os
import random
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings, strategies as st
from isal import isal_zlib
from zlib_ng import zlib_ng

from hathora_deploy.pipeline.adaptation import Adaptation
from hathora_deploy.pipeline.compression import AUTO, STORED, Compression, gzip_bound, gzipped
from hathora_deploy.pipeline.effort import Effort
from hathora_deploy.pipeline.link import Link

COMPRESSIONS = [AUTO, *map(Compression, range(10))]
BLOCK = 1 << 20


def blocks(data: bytes, size: int = BLOCK) -> Iterator[memoryview]:
    for start in range(0, len(data), size):
        yield memoryview(data)[start : start + size]


def compressed(data: bytes, compression: Compression, *, threads: int | None = None) -> bytes:
    return b"".join(gzipped(blocks(data), compression=compression, threads=threads))


def sample(size: int = 3 * BLOCK + 77) -> bytes:
    """Words, numbers and noise, the same each time."""
    source = random.Random(7)
    words = [bytes(source.choices(range(97, 123), k=source.randrange(2, 9))) for _ in range(999)]
    text = b" ".join(source.choices(words, k=size // 10))[: size // 2]
    return (text + bytes(range(256)) * 64 + source.randbytes(size))[:size]


@pytest.mark.parametrize("compression", COMPRESSIONS, ids=str)
def test_what_is_compressed_comes_back_by_gzip(compression: Compression) -> None:
    data = sample()
    assert gzip.decompress(compressed(data, compression)) == data


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300), st.integers(1, 99), st.sampled_from(COMPRESSIONS))
def test_data_and_blocks_of_any_size_come_back(
    data: bytes, size: int, compression: Compression
) -> None:
    packed = b"".join(gzipped(blocks(data, size), compression=compression))
    assert gzip.decompress(packed) == data
    assert len(packed) <= gzip_bound(len(data), size)


@pytest.mark.parametrize("compression", COMPRESSIONS, ids=str)
def test_the_bytes_do_not_depend_on_the_number_of_threads(compression: Compression) -> None:
    data = sample()
    results = {compressed(data, compression, threads=count) for count in (1, 2, 3, 8)}
    assert len(results) == 1


@pytest.mark.parametrize("compression", COMPRESSIONS, ids=str)
@pytest.mark.parametrize("size", [0, 1, 65535, 65536, BLOCK - 1, BLOCK, 2 * BLOCK + 3])
def test_nothing_becomes_larger_than_the_bound(compression: Compression, size: int) -> None:
    assert len(compressed(os.urandom(size), compression)) <= gzip_bound(size, BLOCK)


def test_what_is_stored_is_exactly_as_large_as_the_bound() -> None:
    assert len(compressed(sample(), STORED)) == gzip_bound(len(sample()), BLOCK)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300), st.integers(1, 99), st.lists(st.sampled_from(Effort)))
def test_blocks_of_different_efforts_come_back_too(
    data: bytes, size: int, efforts: list[Effort]
) -> None:
    adaptation = Adaptation(Link(), earlier=efforts)
    packed = b"".join(gzipped(blocks(data, size), adaptation=adaptation))
    assert gzip.decompress(packed) == data
    assert len(packed) <= gzip_bound(len(data), size)
    again = Adaptation(Link(), earlier=adaptation.efforts)
    assert b"".join(gzipped(blocks(data, size), adaptation=again)) == packed


def test_more_effort_makes_less_of_the_same() -> None:
    data = sample()[: 2 * BLOCK]

    def size(effort: Effort) -> int:
        adaptation = Adaptation(Link(), earlier=[effort] * 2)
        return len(b"".join(gzipped(blocks(data), adaptation=adaptation)))

    assert size(Effort.SMALL) < size(Effort.FAST) < size(Effort.STORED)
    assert size(Effort.SMALLEST) < size(Effort.FAST)


def test_no_time_goes_into_a_block_that_is_packed_already(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = random.Random(3).randbytes(BLOCK)
    text = sample()[:BLOCK]

    def packed(data: bytes) -> bytes:
        adaptation = Adaptation(Link(), earlier=[Effort.SMALLEST])
        return b"".join(gzipped(blocks(data), adaptation=adaptation))

    half_noise = packed(text[: BLOCK // 2] + noise[: BLOCK // 2])
    assert len(half_noise) < BLOCK * 0.8

    def give_up(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(zlib_ng, "compressobj", give_up)
    assert gzip.decompress(packed(noise)) == noise
    with pytest.raises(TimeoutError):
        packed(text)


def test_a_level_that_was_asked_for_stays_whatever_the_link() -> None:
    data = sample()
    adaptation = Adaptation(Link(), earlier=[Effort.STORED] * 9)
    packed = b"".join(gzipped(blocks(data), compression=Compression(6), adaptation=adaptation))
    assert packed == compressed(data, Compression(6))


GOLDEN = {
    0: "f5a4ad615eda8284",
    1: "555520afb4d3df38",
    2: "fc80c60998d424a0",
    3: "df1b0edb469ebccd",
    4: "041963ecd0d568ab",
    5: "bab80286c3aad513",
    6: "bab80286c3aad513",
    7: "3e9c9ba79fbefa30",
    8: "3e9c9ba79fbefa30",
    9: "6c7da2f2c6877bd5",
}


@pytest.mark.parametrize(("level", "digest"), GOLDEN.items())
def test_a_level_gives_the_same_bytes_on_every_machine(level: int, digest: str) -> None:
    """If a new version of zlib-ng has changed them, archives of earlier versions have other digests."""
    packed = compressed(sample(), Compression(level))
    assert hashlib.sha256(packed).hexdigest()[:16] == digest


def test_a_level_that_is_none_is_refused() -> None:
    for level in (-1, 10):
        with pytest.raises(ValueError, match="not between 0 and 9"):
            Compression(level)


def test_only_a_few_blocks_are_held_at_once() -> None:
    taken = 0

    def endless() -> Iterator[memoryview]:
        nonlocal taken
        while True:
            taken += 1
            yield memoryview(bytes(BLOCK))

    pieces = gzipped(endless(), threads=2)
    for _ in range(50):
        next(pieces)
    pieces.close()
    assert taken < 60


def test_whoever_stops_listening_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    pieces = gzipped(blocks(sample()), threads=4)
    next(pieces)
    next(pieces)
    pieces.close()
    assert set(threading.enumerate()) <= before


def test_more_than_four_gibibytes_are_counted_as_gzip_counts_them() -> None:
    block = memoryview(bytes(16 << 20))
    *_, end = gzipped(itertools.repeat(block, 257))
    check = 0
    for _ in range(257):
        check = isal_zlib.crc32(block, check)
    assert end[-8:] == struct.pack("<II", check, 16 << 20)


def test_what_fails_as_blocks_are_made_comes_out_as_it_is() -> None:
    def failing() -> Iterator[memoryview]:
        yield memoryview(b"first")
        raise LookupError("no second one")

    with pytest.raises(LookupError, match="no second one"):
        list(gzipped(failing()))
