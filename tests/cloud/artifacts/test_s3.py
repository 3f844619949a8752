"""A store that speaks S3: what is wrong with it is said at the start, and leaves nothing half made."""

from __future__ import annotations

import random
import select
import socket
import socketserver
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

pytest.importorskip("boto3")

import boto3
from botocore.stub import Stubber

from hathora_deploy.api.errors import InternalServerError
from hathora_deploy.cloud.artifacts import choice, s3
from hathora_deploy.cloud.artifacts.location import S3Location, parse_location
from hathora_deploy.cloud.artifacts.port import Artifacts
from hathora_deploy.cloud.artifacts.s3_client import open_client, try_uploads
from hathora_deploy.cloud.errors import BuildCancelled, BuildFailed, CloudStartError
from tests.s3_stores import BUCKET, STORES, S3Store, free_ports
from tests.serving import serving
from tests.small_disk import small_disk

MEBIBYTE = 1024 * 1024
ALL_THERE_ARE = timedelta(days=-1)

Open = Callable[..., Artifacts]


@pytest.fixture(scope="module", params=STORES)
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[S3Store]:
    with STORES[request.param](tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[S3Store]:
    """A store that the test may end."""
    folder = tmp_path / "mortal"
    folder.mkdir()
    with STORES["rclone"](folder) as running:
        yield running


@pytest.fixture
def open_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens the artifacts of a store as the cloud does; keywords are variables of its environment."""

    def opened(
        store: S3Store, *, downloads: Path = tmp_path / "downloads", **variables: str
    ) -> Artifacts:
        for name, value in {**store.environment, **variables}.items():
            monkeypatch.setenv(name, value)
        artifacts = choice.choose(
            store.url, archives=tmp_path / "archives", downloads=downloads, signing_key=b"key"
        )
        stack.callback(artifacts.close)
        return artifacts

    with ExitStack() as stack:
        yield opened


def failing(open_: Open, store: S3Store, **variables: str) -> CloudStartError:
    with pytest.raises(CloudStartError) as failure:
        open_(store, **variables)
    assert failure.value.hint
    assert "Traceback" not in failure.value.message
    return failure.value


def test_a_store_that_was_tried_holds_nothing_of_the_trial(store: S3Store, open_: Open) -> None:
    open_(store)

    assert store.keys() == []
    assert store.uploads() == []


def test_a_bucket_that_is_not_there_ends_the_start(
    store: S3Store, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(S3Store, "url", f"s3://no-such-bucket?endpoint={store.endpoint}")

    error = failing(open_, store)

    assert error.message == f"there is no bucket no-such-bucket at {store.endpoint}"


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_wrong_credentials_end_the_start_and_are_not_shown(
    store: S3Store, open_: Open, name: str
) -> None:
    error = failing(open_, store, **{name: "WRONG0WRONG0"})

    assert "refuses the credentials for bucket archives" in error.message
    assert "s3:PutObject" in (error.hint or "")
    assert "WRONG" not in error.message


def test_a_store_that_does_not_answer_ends_the_start(
    tmp_path: Path, open_: Open, mortal: S3Store
) -> None:
    nobody = replace(mortal, endpoint=f"http://127.0.0.1:{free_ports(1)[0]}")

    assert f"{nobody.endpoint} cannot be reached" in failing(open_, nobody).message


def test_without_credentials_the_start_says_where_they_go(mortal: S3Store, open_: Open) -> None:
    error = failing(open_, mortal, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")

    assert error.message == f"there are no credentials for {mortal.endpoint}"
    assert "AWS_ACCESS_KEY_ID" in (error.hint or "")


def test_a_settings_file_of_aws_that_cannot_be_read_is_named(
    mortal: S3Store, open_: Open, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("region = eu\n")

    error = failing(open_, mortal, AWS_CONFIG_FILE=str(tmp_path / "config"))

    assert str(tmp_path / "config") in error.message


def test_without_boto3_the_start_says_how_to_get_it(
    mortal: S3Store, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith(s3.__name__)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "boto3", None)

    error = failing(open_, mortal)

    assert "need boto3" in error.message
    assert error.hint == "pip install 'hathora-deploy[s3]'"


def test_a_bucket_of_another_region_of_aws_ends_the_start() -> None:
    """boto3 would follow it there; those who upload would not."""
    client = boto3.client("s3", "eu-west-1", aws_access_key_id="k", aws_secret_access_key="s")
    with Stubber(client) as aws:
        aws.add_response("head_bucket", {"BucketRegion": "us-west-2"}, {"Bucket": "bucket"})
        with pytest.raises(CloudStartError, match="is in region us-west-2, not in eu-west-1"):
            try_uploads(client, S3Location("bucket", ""))


def test_parts_of_a_bucket_on_aws_go_to_its_region(
    mortal: S3Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its own address would redirect them, which those who upload do not follow."""
    for name, value in mortal.environment.items():
        monkeypatch.setenv(name, value)
    client = open_client(parse_location("s3://bucket/p?region=eu-west-1"))

    url = client.generate_presigned_url(
        "upload_part",
        Params={"Bucket": "bucket", "Key": "p/k.tgz", "UploadId": "u", "PartNumber": 1},
    )

    assert url.startswith("https://bucket.s3.eu-west-1.amazonaws.com/p/k.tgz?")


@pytest.mark.parametrize(
    ("size", "part_size"),
    [
        (1, 16 * MEBIBYTE),
        (1000 * 16 * MEBIBYTE, 16 * MEBIBYTE),
        (1000 * 16 * MEBIBYTE + 1, 17 * MEBIBYTE),
        (1000 * 5 * 1024 * MEBIBYTE, 5 * 1024 * MEBIBYTE),
    ],
)
def test_parts_grow_so_that_they_are_not_too_many(size: int, part_size: int) -> None:
    assert s3.part_size_of(size) == part_size


def test_an_archive_that_no_store_takes_is_refused() -> None:
    with pytest.raises(InternalServerError, match="larger than what S3 takes"):
        s3.part_size_of(1000 * 5 * 1024 * MEBIBYTE + 1)


def test_what_others_upload_to_the_bucket_is_left_alone(store: S3Store, open_: Open) -> None:
    artifacts = open_(store)
    client = store.client
    with ExitStack() as others:
        for name in ("games/eu/video.mp4", "games/eu/deeper/k.tgz", "k.tgz"):
            upload = client.create_multipart_upload(Bucket=BUCKET, Key=name)
            others.callback(
                client.abort_multipart_upload,
                Bucket=BUCKET,
                Key=upload["Key"],
                UploadId=upload["UploadId"],
            )

        assert artifacts.expire(older_than=ALL_THERE_ARE) == 0

        assert len(store.uploads()) == 3


def test_a_fetch_is_cancelled_and_leaves_no_file(
    store: S3Store, open_: Open, tmp_path: Path
) -> None:
    artifacts = open_(store)
    key = uuid.uuid4().hex
    artifacts.take(key, BytesIO(random.Random(1).randbytes(20 * MEBIBYTE)))
    cancelled = threading.Event()
    cancelled.set()

    with pytest.raises(BuildCancelled), artifacts.fetch(key, cancelled):
        pass

    assert list((tmp_path / "downloads").iterdir()) == []
    artifacts.delete(key)


def test_a_fetch_whose_connection_is_cut_goes_on_where_it_was(mortal: S3Store, open_: Open) -> None:
    archive = random.Random(1).randbytes(20 * MEBIBYTE)
    open_(mortal).take("k", BytesIO(archive))
    with cutting(mortal.endpoint, after=8 * MEBIBYTE) as (endpoint, connections):
        with open_(replace(mortal, endpoint=endpoint)).fetch("k", threading.Event()) as fetched:
            assert fetched.read_bytes() == archive
        assert len(connections) >= 3, "it was cut twice"


def test_a_fetch_fails_when_the_store_goes_away_meanwhile(
    mortal: S3Store, open_: Open, tmp_path: Path
) -> None:
    open_(mortal).take("k", BytesIO(random.Random(1).randbytes(20 * MEBIBYTE)))
    with cutting(mortal.endpoint, after=8 * MEBIBYTE, then=mortal.stop) as (endpoint, _):
        artifacts = open_(replace(mortal, endpoint=endpoint))
        with (
            pytest.raises(BuildFailed, match="cannot be reached"),
            artifacts.fetch("k", threading.Event()),
        ):
            pass
    assert list((tmp_path / "downloads").iterdir()) == []


@contextmanager
def cutting(
    endpoint: str, *, after: int, then: Callable[[], None] = lambda: None
) -> Iterator[tuple[str, list[int]]]:
    """A proxy that cuts each connection after so many bytes of answers; and which there were."""
    upstream = urlsplit(endpoint)
    connections: list[int] = []

    class Relay(socketserver.BaseRequestHandler):
        """One connection."""

        def handle(self) -> None:
            connections.append(len(connections))
            left = after
            try:
                store = socket.create_connection((upstream.hostname or "", upstream.port or 0))
            except ConnectionRefusedError:
                return
            with store:
                ends = [self.request, store]
                while left > 0:
                    for end in select.select(ends, [], [])[0]:
                        if not (data := end.recv(64 * 1024)):
                            return
                        (store if end is self.request else self.request).sendall(data)
                        left -= len(data) if end is store else 0
                then()

    class Proxy(socketserver.ThreadingTCPServer):
        """A connection that rests is not waited for."""

        daemon_threads = True

    with serving(Proxy(("127.0.0.1", 0), Relay)) as proxy:
        yield f"http://127.0.0.1:{proxy.server_address[1]}", connections


def test_what_a_cloud_that_was_killed_had_fetched_is_removed(
    store: S3Store, open_: Open, tmp_path: Path
) -> None:
    left = tmp_path / "downloads" / "tmpx"
    left.mkdir(parents=True)
    (left / "archive.tgz").write_bytes(b"x")

    open_(store)

    assert list((tmp_path / "downloads").iterdir()) == []


@pytest.mark.parametrize("is_foreseen", [True, False])
def test_a_full_disk_fails_the_fetch_and_holds_nothing_of_it(
    mortal: S3Store,
    open_: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_foreseen: bool,
) -> None:
    """Foreseen or not: others fill the disk meanwhile."""
    with small_disk(tmp_path / "disk", 2) as disk:
        artifacts = open_(mortal, downloads=disk / "downloads")
        artifacts.take("k", BytesIO(random.Random(1).randbytes(3 * MEBIBYTE)))
        if not is_foreseen:
            monkeypatch.setattr(s3.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**12))

        with (
            pytest.raises(BuildFailed, match="disk of the cloud is full") as failure,
            artifacts.fetch("k", threading.Event()),
        ):
            pass

        assert failure.value.hint
        assert list((disk / "downloads").iterdir()) == []


def test_a_store_that_goes_away_is_an_error_that_says_so(
    mortal: S3Store, open_: Open, tmp_path: Path
) -> None:
    artifacts = open_(mortal)
    artifacts.take("k", BytesIO(b"archive"))
    mortal.stop()

    for use in (
        lambda: artifacts.create_upload("l", 5, base_url=""),
        lambda: artifacts.is_complete("k"),
        lambda: artifacts.take("l", BytesIO(b"x")),
        lambda: artifacts.delete("k"),
        lambda: artifacts.expire(older_than=ALL_THERE_ARE),
    ):
        with pytest.raises(InternalServerError, match="cannot be reached") as failure:
            use()
        assert failure.value.hint
    with (
        pytest.raises(BuildFailed, match="cannot be reached"),
        artifacts.fetch("k", threading.Event()),
    ):
        pass
    assert list((tmp_path / "downloads").iterdir()) == []
