"""The homes of archives: a directory behind a real cloud, and real stores that speak S3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
import requests
from starlette.applications import Starlette

from hathora_deploy.api.multipart import CompletedPart, completion_document
from hathora_deploy.cloud.artifacts.directory import DirectoryArtifacts
from hathora_deploy.cloud.artifacts.location import parse_location
from hathora_deploy.cloud.artifacts.port import URL_LIFETIME, Artifacts, UploadSession
from hathora_deploy.cloud.uploads import routes
from tests.cloud.serving import served
from tests.s3_stores import STORES, S3Store


@dataclass(frozen=True)
class Home:
    """Where archives live, and how it differs from S3 (as of ``S3Store``)."""

    artifacts: Artifacts
    base_url: str
    takes_forms: bool = True
    drops_refused: bool = False
    keeps_replaced_parts: bool = False
    joins_at_once: bool = False

    def create_upload(self, key: str, size: int) -> UploadSession:
        return self.artifacts.create_upload(key, size, base_url=self.base_url)

    def upload(self, key: str, data: bytes) -> UploadSession:
        """A whole archive."""
        session = self.create_upload(key, len(data))
        assert complete(session, *put_all(session, data)).status_code == 200
        return session

    def read(self, key: str) -> bytes:
        with self.artifacts.fetch(key, Event()) as archive:
            return archive.read_bytes()


OpenHome = Callable[[timedelta], Home]


@pytest.fixture(scope="session", params=["directory", *STORES])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[S3Store | None]:
    """A store that speaks S3; none for the directory."""
    if request.param == "directory":
        yield None
        return
    with STORES[request.param](tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture
def open_home(
    store: S3Store | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenHome]:
    """Opens the home, with upload URLs of that lifetime."""
    with ExitStack() as stack:

        def open_(url_lifetime: timedelta) -> Home:
            if store is None:
                directory = DirectoryArtifacts(
                    tmp_path / "archives", b"key", url_lifetime=url_lifetime
                )
                app = Starlette(routes=routes(directory))
                return Home(directory, base_url=stack.enter_context(served(app)))
            from hathora_deploy.cloud.artifacts.s3 import S3Artifacts
            from hathora_deploy.cloud.artifacts.s3_client import connect

            for name, value in store.environment.items():
                monkeypatch.setenv(name, value)
            # Each test has a prefix of its own in the one bucket.
            location = parse_location(store.url.replace("/games/", f"/{tmp_path.name}/"))
            bucket = S3Artifacts(
                connect(location),
                location,
                downloads=tmp_path / "downloads",
                url_lifetime=url_lifetime,
            )
            stack.callback(bucket.close)
            return Home(
                bucket,
                base_url="",
                takes_forms=store.takes_forms,
                drops_refused=store.drops_refused,
                keeps_replaced_parts=store.keeps_replaced_parts,
                joins_at_once=store.joins_at_once,
            )

        yield open_


@pytest.fixture
def home(open_home: OpenHome) -> Home:
    return open_home(URL_LIFETIME)


def put(session: UploadSession, number: int, data: bytes) -> requests.Response:
    """As clients do it: with a type that nobody has signed."""
    headers = {"Content-Type": "application/octet-stream"}
    url = session.part_urls[number - 1].reveal()
    return requests.put(url, data=data, headers=headers, timeout=60)


def arrived(response: requests.Response, number: int) -> CompletedPart:
    assert response.status_code == 200, response.text
    return CompletedPart(number, response.headers["ETag"])


def put_all(session: UploadSession, data: bytes) -> list[CompletedPart]:
    return [
        arrived(put(session, number, data[start : start + session.part_size]), number)
        for number, start in enumerate(range(0, len(data), session.part_size), start=1)
    ]


def complete(session: UploadSession, *parts: CompletedPart) -> requests.Response:
    headers = {"Content-Type": "application/xml"}
    url = session.complete_url.reveal()
    return requests.post(url, data=completion_document(parts), headers=headers, timeout=60)
