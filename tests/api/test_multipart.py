"""How an archive is cut into parts."""

import itertools

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.api.multipart import CompletedPart, completion_document, part_ranges

sizes = st.integers(min_value=1, max_value=10**12)


@given(size=sizes, count=st.integers(min_value=1, max_value=10_000))
def test_parts_cover_every_byte_once_and_in_order(size: int, count: int) -> None:
    part_size = -(-size // count)
    parts = part_ranges(size, part_size)

    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert parts[0].start == 0
    assert all(left.end == right.start for left, right in itertools.pairwise(parts))
    assert parts[-1].end == size
    assert all(part.length == part_size for part in parts[:-1])
    assert 1 <= parts[-1].length <= part_size
    assert len(parts) <= count


@pytest.mark.parametrize(("size", "part_size"), [(0, 5), (-1, 5), (5, 0), (5, -1)])
def test_nothing_cannot_be_cut_into_parts(size: int, part_size: int) -> None:
    with pytest.raises(ValueError, match="cannot be cut"):
        part_ranges(size, part_size)


def test_the_completion_lists_the_parts_in_order_whatever_order_they_ended_in() -> None:
    document = completion_document([CompletedPart(2, '"b"'), CompletedPart(1, "a&<")])

    assert document == (
        b"<CompleteMultipartUpload>"
        b"<Part><PartNumber>1</PartNumber><ETag>a&amp;&lt;</ETag></Part>"
        b'<Part><PartNumber>2</PartNumber><ETag>"b"</ETag></Part>'
        b"</CompleteMultipartUpload>"
    )
