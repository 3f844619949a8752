"""How the completion of an upload is read, and what it must say."""

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.api.multipart import CompletedPart, completion_document
from hathora_deploy.cloud.artifacts.completion import (
    StoredPart,
    check_completion,
    parse_completion,
)
from hathora_deploy.cloud.artifacts.errors import (
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    MalformedXML,
    UploadRefused,
)

etags = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1).filter(
    lambda etag: not etag.startswith('"') and not etag.endswith('"')
)


@given(st.lists(etags, max_size=20))
def test_what_a_client_writes_is_what_the_cloud_reads(etags: list[str]) -> None:
    parts = tuple(CompletedPart(number, etag) for number, etag in enumerate(etags, start=1))

    assert parse_completion(completion_document(parts)) == parts


def test_spaces_quotes_namespaces_and_order_of_fields_do_not_matter() -> None:
    document = b"""<?xml version="1.0" encoding="UTF-8"?>
        <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <Part>
                <ETag>
                    "abc"
                </ETag>
                <PartNumber> 1 </PartNumber>
            </Part>
            <Part><PartNumber>02</PartNumber><ETag>&quot;def&quot;</ETag></Part>
        </CompleteMultipartUpload>
    """

    assert parse_completion(document.strip()) == (CompletedPart(1, "abc"), CompletedPart(2, "def"))


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&b;</ETag></Part></CompleteMultipartUpload>"""
FOREIGN = b"""<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>
<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&f;</ETag></Part></CompleteMultipartUpload>"""


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b"\xff\xfe\x00",
        b"<CompleteMultipartUpload>",
        b"<Delete/>",
        b'<?xml version="1.0" encoding="no-such"?><CompleteMultipartUpload/>',
        b"<CompleteMultipartUpload><Part><ETag>a</ETag></Part></CompleteMultipartUpload>",
        b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
        b"<CompleteMultipartUpload><Part><PartNumber>-1</PartNumber><ETag>a</ETag></Part></CompleteMultipartUpload>",
        b"<CompleteMultipartUpload><Part><PartNumber>" + b"9" * 5000 + b"</PartNumber>"
        b"<ETag>a</ETag></Part></CompleteMultipartUpload>",
        BOMB,
        FOREIGN,
    ],
)
def test_what_is_no_completion_is_refused(document: bytes) -> None:
    with pytest.raises(MalformedXML):
        parse_completion(document)


STORED = {1: StoredPart("a", 10), 2: StoredPart("b", 10), 3: StoredPart("c", 4)}


def listed(*parts: tuple[int, str]) -> tuple[CompletedPart, ...]:
    return tuple(CompletedPart(number, etag) for number, etag in parts)


def test_the_size_is_that_of_the_listed_parts_even_when_others_have_arrived() -> None:
    assert check_completion(listed((1, "a"), (2, "b"), (3, "c")), STORED, 10) == 24
    assert check_completion(listed((1, "a"), (2, "b")), STORED, 10) == 20


@pytest.mark.parametrize(
    ("parts", "error", "says"),
    [
        (listed(), MalformedXML, "no part"),
        (listed((2, "b"), (1, "a")), InvalidPartOrder, "once"),
        (listed((1, "a"), (1, "a")), InvalidPartOrder, "once"),
        (listed((1, "a"), (3, "c")), InvalidPart, "part 3 where 2"),
        (listed((0, "a"), (1, "a")), InvalidPart, "part 0 where 1"),
        (listed((1, "a"), (2, "b"), (3, "c"), (4, "d")), InvalidPart, "part 4 has not arrived"),
        (listed((1, "a"), (2, "B")), InvalidPart, "part 2 has another ETag"),
    ],
)
def test_a_completion_that_does_not_fit_what_arrived_is_refused(
    parts: tuple[CompletedPart, ...], error: type[UploadRefused], says: str
) -> None:
    with pytest.raises(error, match=says):
        check_completion(parts, STORED, 10)


def test_only_the_last_part_may_be_short() -> None:
    stored = {1: StoredPart("a", 9), 2: StoredPart("b", 10)}

    with pytest.raises(EntityTooSmall, match="part 1 has 9 bytes"):
        check_completion(listed((1, "a"), (2, "b")), stored, 10)


def test_an_archive_without_a_byte_is_refused() -> None:
    with pytest.raises(EntityTooSmall, match="empty"):
        check_completion(listed((1, "a")), {1: StoredPart("a", 0)}, 10)
