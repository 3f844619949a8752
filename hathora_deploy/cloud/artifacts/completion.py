"""The completion of an upload: read as S3 reads it, and checked against what has arrived."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError  # types only: defusedxml reads

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hathora_deploy.api.multipart import CompletedPart
from hathora_deploy.cloud.artifacts.errors import (
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    MalformedXML,
)


@dataclass(frozen=True)
class StoredPart:
    """A part that has arrived: the MD5 of its bytes in hex, and how many they are."""

    etag: str
    length: int


def parse_completion(body: bytes) -> tuple[CompletedPart, ...]:
    """The parts a client lists, in its order, with bare ETags: no quotes, no spaces.

    Raises MalformedXML, for a document with a DTD or with entities too.
    """
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise MalformedXML("the completion is not well-formed XML, or has a DTD") from None
    if _name(root) != "CompleteMultipartUpload":
        raise MalformedXML(f"a completion begins with CompleteMultipartUpload, not {_name(root)}")
    return tuple(_parse_part(part) for part in root if _name(part) == "Part")


def check_completion(
    listed: tuple[CompletedPart, ...], stored: Mapping[int, StoredPart], part_size: int
) -> int:
    """The size of the archive, in bytes, that the listed parts make.

    Raises the UploadRefused that says why they make none.
    """
    if not listed:
        raise MalformedXML("the completion lists no part")
    if any(left.number >= right.number for left, right in itertools.pairwise(listed)):
        raise InvalidPartOrder("the completion must list each part once, from 1 upwards")
    for expected, part in enumerate(listed, start=1):
        if part.number != expected:
            raise InvalidPart(f"the completion lists part {part.number} where {expected} should be")
        if part.number not in stored:
            raise InvalidPart(f"part {part.number} has not arrived: send it again")
        if part.etag != stored[part.number].etag:
            raise InvalidPart(f"part {part.number} has another ETag: send it again")
    lengths = [stored[part.number].length for part in listed]
    for part, length in zip(listed[:-1], lengths[:-1], strict=True):
        if length != part_size:
            raise EntityTooSmall(
                f"part {part.number} has {length} bytes; each but the last has {part_size}"
            )
    if not sum(lengths):
        raise EntityTooSmall("the archive is empty")
    return sum(lengths)


def _parse_part(part: Element) -> CompletedPart:
    fields = {_name(field): (field.text or "").strip() for field in part}
    number, etag = fields.get("PartNumber", ""), fields.get("ETag", "").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) <= 6):
        raise MalformedXML("a Part of the completion has no PartNumber, or not a number")
    if not etag:
        raise MalformedXML(f"part {number} of the completion has no ETag")
    return CompletedPart(int(number), etag)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]  # without the XML namespace, which clients may leave out
