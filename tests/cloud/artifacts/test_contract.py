"""What every home of archives does: a directory behind a cloud, and stores that speak S3."""

from __future__ import annotations

import hashlib
import random
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Event

import pytest
import requests

from hathora_deploy.api.multipart import CompletedPart, part_ranges
from hathora_deploy.cloud.artifacts.errors import EntityTooSmall, NoSuchUpload
from hathora_deploy.cloud.artifacts.port import WholeUpload
from hathora_deploy.cloud.errors import BuildFailed
from tests.cloud.handlers.conftest import eventually

from .conftest import Home, OpenHome, arrived, complete, put, put_all

MEBIBYTE = 1024 * 1024
LARGE = random.Random(4).randbytes(70 * MEBIBYTE + 17)
PART = LARGE[: 16 * MEBIBYTE]
TWO_PARTS = LARGE[: 16 * MEBIBYTE + 1000]
SMALL = LARGE[:1000]
OTHER = bytes(1000)


def refused(response: requests.Response) -> bool:
    return 400 <= response.status_code < 500


def test_parts_sent_at_once_and_in_any_order_become_the_archive(home: Home) -> None:
    session = home.create_upload("k", len(LARGE))
    ranges = list(part_ranges(len(LARGE), session.part_size))
    assert len(session.part_urls) == len(ranges) == 5
    random.Random(5).shuffle(ranges)

    with ThreadPoolExecutor(3) as pool:
        parts = list(
            pool.map(
                lambda part: arrived(
                    put(session, part.number, LARGE[part.start : part.end]), part.number
                ),
                ranges,
            )
        )
    assert not home.artifacts.is_complete("k")
    assert complete(session, *parts).status_code == 200

    assert home.artifacts.is_complete("k")
    assert home.read("k") == LARGE


def test_the_etag_of_a_part_is_its_md5(home: Home) -> None:
    session = home.create_upload("k", len(SMALL))

    part = arrived(put(session, 1, SMALL), 1)

    assert part.etag == f'"{hashlib.md5(SMALL).hexdigest()}"'


def test_no_url_shows_in_what_is_printed(home: Home) -> None:
    session = home.create_upload("k", len(SMALL))
    whole = home.artifacts.create_whole_upload("w", 100, base_url=home.base_url)

    assert "http" not in repr(session) + repr(whole)
    assert "signature" not in (repr(session) + repr(list(whole.fields.values()))).lower()


def test_a_part_may_be_sent_again(home: Home) -> None:
    session = home.create_upload("k", len(TWO_PARTS))
    put(session, 1, PART)
    last, first = put(session, 2, TWO_PARTS[len(PART) :]), put(session, 1, PART)

    assert complete(session, arrived(first, 1), arrived(last, 2)).status_code == 200
    assert home.read("k") == TWO_PARTS


def test_a_part_sent_again_with_other_bytes_replaces_the_first(home: Home) -> None:
    """rclone refuses the other bytes."""
    session = home.create_upload("k", len(TWO_PARTS))
    put(session, 1, bytes(len(PART)))
    last, first = put(session, 2, TWO_PARTS[len(PART) :]), put(session, 1, PART)

    assert (first.status_code == 501) == home.joins_at_once
    if not home.joins_at_once:
        assert complete(session, arrived(first, 1), arrived(last, 2)).status_code == 200
        assert home.read("k") == TWO_PARTS


def test_a_part_that_was_replaced_is_not_taken_for_the_new_one(home: Home) -> None:
    """SeaweedFS has both, and makes the archive of what is listed; rclone has refused the new one."""
    session = home.create_upload("k", len(SMALL))
    replaced = arrived(put(session, 1, OTHER), 1)
    put(session, 1, SMALL)

    answer = complete(session, replaced)

    if home.keeps_replaced_parts or home.joins_at_once:
        assert home.read("k") == OTHER
    else:
        assert refused(answer)
        assert not home.artifacts.is_complete("k")


def test_an_archive_without_one_of_its_parts_is_refused(home: Home) -> None:
    session = home.create_upload("k", len(TWO_PARTS))
    missing = CompletedPart(1, f'"{hashlib.md5(PART).hexdigest()}"')
    last = arrived(put(session, 2, TWO_PARTS[len(PART) :]), 2)

    assert refused(complete(session, missing, last))
    assert not home.artifacts.is_complete("k")


def test_a_completion_with_a_wrong_etag_is_refused_and_can_be_mended(home: Home) -> None:
    """rclone drops the upload: a client has to begin anew."""
    session = home.create_upload("k", len(SMALL))
    part = arrived(put(session, 1, SMALL), 1)

    assert refused(complete(session, CompletedPart(1, f'"{hashlib.md5(OTHER).hexdigest()}"')))

    assert not home.artifacts.is_complete("k")
    assert (complete(session, part).status_code == 404) == home.drops_refused
    assert home.artifacts.is_complete("k") != home.drops_refused


def test_a_completion_that_is_none_is_refused(home: Home) -> None:
    session = home.create_upload("k", len(SMALL))
    put(session, 1, SMALL)

    assert refused(requests.post(session.complete_url.reveal(), data=b"{}", timeout=60))
    assert not home.artifacts.is_complete("k")


def test_the_size_may_be_declared_as_a_bound(home: Home) -> None:
    """Parts beyond the end are never sent, and not listed."""
    session = home.create_upload("k", len(LARGE))
    parts = put_all(session, TWO_PARTS)

    assert complete(session, *parts).status_code == 200
    assert home.read("k") == TWO_PARTS


def test_a_part_that_is_not_listed_is_left_out(home: Home) -> None:
    """rclone has put it into the archive already, and refuses."""
    session = home.create_upload("k", len(LARGE))
    parts = put_all(session, TWO_PARTS)
    put(session, 3, OTHER)

    assert (complete(session, *parts).status_code == 400) == home.joins_at_once
    assert home.artifacts.is_complete("k") != home.joins_at_once
    if not home.joins_at_once:
        assert home.read("k") == TWO_PARTS


def test_a_changed_url_opens_nothing(home: Home) -> None:
    """S3 answers 403; rclone answers 400 where there is no signature at all."""
    session = home.create_upload("k", len(TWO_PARTS))
    first, second = (url.reveal() for url in session.part_urls)
    changed = [
        first[:-1] + ("0" if first[-1] != "0" else "1"),
        first.partition("?")[0],
        # The signature of one part, and the address of another.
        first.replace("partNumber=1", "partNumber=2").replace("/k/1?", "/k/2?"),
        first.replace("/k.tgz?", "/l.tgz?").replace("/k/1?", "/l/1?"),
    ]
    assert len({first, second, *changed}) == 6

    for url in changed:
        assert requests.put(url, data=SMALL, timeout=60).status_code in (400, 403)
    assert refused(complete(session, CompletedPart(1, f'"{hashlib.md5(SMALL).hexdigest()}"')))
    assert not home.artifacts.is_complete("k")
    assert not home.artifacts.is_complete("l")


def test_a_url_opens_nothing_when_its_time_is_over(open_home: OpenHome) -> None:
    """S3 answers 403; rclone answers 400."""
    home = open_home(timedelta(seconds=1))
    session = home.create_upload("k", len(SMALL))

    late = eventually(lambda: put(session, 1, SMALL), refused)

    assert late.status_code in (400, 403)
    assert complete(session, CompletedPart(1, '"x"')).status_code in (400, 403)
    assert not home.artifacts.is_complete("k")


def test_completing_once_more_changes_nothing(home: Home) -> None:
    """S3 says for a while that all is well, and rclone that there is no such upload any more."""
    session = home.create_upload("k", len(TWO_PARTS))
    parts = put_all(session, TWO_PARTS)
    assert complete(session, *parts).status_code == 200

    assert complete(session, *parts).status_code in (200, 404)
    assert put(session, 1, OTHER).status_code == 404
    assert home.read("k") == TWO_PARTS


def test_an_upload_that_is_deleted_takes_nothing_more(home: Home) -> None:
    session = home.create_upload("k", len(SMALL))
    part = arrived(put(session, 1, SMALL), 1)

    home.artifacts.delete("k")
    home.artifacts.delete("k")

    assert put(session, 1, SMALL).status_code == 404
    assert refused(complete(session, part))
    assert not home.artifacts.is_complete("k")
    assert home.artifacts.expire(older_than=timedelta(days=-1)) == 0


def test_an_archive_is_there_until_it_is_deleted(home: Home) -> None:
    home.upload("k", SMALL)
    home.upload("l", SMALL)

    home.artifacts.delete("k")
    home.artifacts.delete("k")

    assert not home.artifacts.is_complete("k")
    with pytest.raises(BuildFailed, match="was not uploaded, or was deleted"):
        home.read("k")
    assert home.read("l") == SMALL


def test_uploads_that_nobody_completes_expire_and_archives_do_not(home: Home) -> None:
    home.upload("complete", SMALL)
    left = home.create_upload("left", len(TWO_PARTS))
    put(left, 1, PART)
    home.create_upload("empty", len(SMALL))

    assert home.artifacts.expire(older_than=timedelta(hours=1)) == 0
    assert put(left, 2, SMALL).status_code == 200
    assert home.artifacts.expire(older_than=timedelta(days=-1)) == 2

    assert put(left, 1, PART).status_code == 404
    assert home.artifacts.expire(older_than=timedelta(days=-1)) == 0
    assert home.read("complete") == SMALL


def test_an_archive_that_is_fetched_is_its_owners_alone(home: Home) -> None:
    home.upload("k", SMALL)

    with home.artifacts.fetch("k", Event()) as archive:
        assert stat.S_IMODE(archive.parent.stat().st_mode) == 0o700
    with home.artifacts.fetch("k", Event()) as again:
        assert again.read_bytes() == SMALL


def test_an_archive_may_come_through_the_cloud(home: Home) -> None:
    home.artifacts.create_whole_upload("k", home.artifacts.room(), base_url=home.base_url)

    home.artifacts.take("k", BytesIO(TWO_PARTS))

    assert home.read("k") == TWO_PARTS
    with pytest.raises(NoSuchUpload):
        home.artifacts.take("k", BytesIO(SMALL))
    assert home.read("k") == TWO_PARTS


def test_an_empty_archive_is_not_taken(home: Home) -> None:
    home.artifacts.create_whole_upload("k", 100, base_url=home.base_url)

    with pytest.raises(EntityTooSmall):
        home.artifacts.take("k", BytesIO())
    assert not home.artifacts.is_complete("k")


def post(whole: WholeUpload, data: bytes) -> requests.Response:
    fields = {name: value.reveal() for name, value in whole.fields.items()}
    return requests.post(whole.url.reveal(), data=fields, files={"file": data}, timeout=60)


def test_an_archive_may_be_the_file_of_a_form(home: Home) -> None:
    """rclone takes no forms: it refuses them."""
    whole = home.artifacts.create_whole_upload("k", len(SMALL), base_url=home.base_url)

    assert refused(post(whole, SMALL + b"x")), "larger than declared"
    assert not home.artifacts.is_complete("k")
    answer = post(whole, SMALL)

    assert (answer.status_code == 204) == home.takes_forms
    assert refused(answer) != home.takes_forms
    assert home.artifacts.is_complete("k") == home.takes_forms
    if home.takes_forms:
        assert home.read("k") == SMALL


@pytest.mark.parametrize("key", ["", "..", "a/b", "../x", "a\0", "-x", "ä"])
def test_a_key_never_leads_elsewhere(home: Home, key: str) -> None:
    with pytest.raises(ValueError, match="cannot be the key"):
        home.artifacts.delete(key)
