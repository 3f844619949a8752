"""The URL of a bucket: what it says, and what it is refused for."""

from __future__ import annotations

import pytest

from hathora_deploy.cloud.artifacts.location import S3Location, parse_location
from hathora_deploy.cloud.errors import CloudStartError


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("s3://bucket", S3Location("bucket", "")),
        ("s3://bucket/", S3Location("bucket", "")),
        ("s3://b.u-c_k3t/games", S3Location("b.u-c_k3t", "games/")),
        ("s3://bucket/games/eu%20west/", S3Location("bucket", "games/eu west/")),
        ("s3://bucket?region=eu-west-1", S3Location("bucket", "", region="eu-west-1")),
        (
            "s3://bucket/p?endpoint=http://127.0.0.1:9000/&region=x",
            S3Location("bucket", "p/", endpoint="http://127.0.0.1:9000", region="x"),
        ),
        (
            "s3://bucket?endpoint=https%3A%2F%2Fstore.example",
            S3Location("bucket", "", endpoint="https://store.example"),
        ),
    ],
)
def test_a_url_says_where_the_bucket_is(text: str, location: S3Location) -> None:
    assert parse_location(text) == location


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "does not begin with s3://"),
        ("/data/archives", "does not begin with s3://"),
        ("https://bucket.s3.amazonaws.com", "does not begin with s3://"),
        ("s3:///prefix", "names no bucket"),
        ("s3://[", "is no URL"),
        ("s3://bucket:9000", "names no bucket"),
        ("s3://bucket?endpoint=store.example", "endpoint of the artifacts is no http"),
        ("s3://bucket?endpoint=http://", "endpoint of the artifacts is no http"),
        ("s3://bucket?endpoint=http://[", "is no URL"),
        ("s3://bucket?zone=x", "'zone'"),
        ("s3://bucket#region=x", "'#'"),
    ],
)
def test_what_is_no_url_of_a_bucket_is_refused_with_an_example(text: str, message: str) -> None:
    with pytest.raises(CloudStartError, match=message) as refusal:
        parse_location(text)
    assert refusal.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "s3://KEYID:hunter2@bucket/prefix",
        "s3://hunter2@bucket/prefix",
        "s3://bucket?access_key=KEYID&secret_key=hunter2",
        "s3://bucket?endpoint=https://KEYID:hunter2@store.example",
    ],
)
def test_credentials_are_refused_not_shown_and_shown_their_place(text: str) -> None:
    with pytest.raises(CloudStartError) as refusal:
        parse_location(text)

    assert "AWS_ACCESS_KEY_ID" in (refusal.value.hint or "")
    assert "hunter2" not in refusal.value.message + (refusal.value.hint or "")
