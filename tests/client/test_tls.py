"""Clouds behind TLS: what is trusted, and streams that are given up."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from hathora_deploy.client import Abort, HathoraCloud
from hathora_deploy.client.errors import ConnectionError, RequestAbortedError
from tests.client.certificates import self_signed
from tests.client.conftest import Connect
from tests.client.serving import Handler, Server, served


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that it has signed itself, with its key."""
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with served(context) as server:
        yield server


def test_a_certificate_that_nobody_trusts_is_named_as_the_reason(
    tls_server: Server, connect: Connect
) -> None:
    with pytest.raises(ConnectionError, match="did not show a certificate") as raised:
        connect(endpoint=tls_server.endpoint).builds_v3.get_builds()
    assert not raised.value.was_sent
    assert "=FILE names the certificate" in (raised.value.hint or "")
    assert tls_server.asked == []


def test_a_server_that_speaks_no_tls_is_not_blamed_for_its_certificate(
    server: Server, connect: Connect
) -> None:
    with pytest.raises(ConnectionError, match="speaks no TLS"):
        connect(endpoint=server.endpoint.replace("http", "https")).builds_v3.get_builds()


def test_what_a_session_trusts_is_trusted_whatever_the_environment_names(
    tls_server: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "none.pem").touch()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    tls_server.answers(200, b'{"builds":[]}')

    with requests.Session() as session:
        session.verify = str(certificate)
        with HathoraCloud("t", endpoint=tls_server.endpoint, session=session) as cloud:
            assert cloud.builds_v3.get_builds().builds == []


def test_a_stream_that_is_encrypted_is_given_up_from_another_thread(
    tls_server: Server, certificate: Path
) -> None:
    abort, release = Abort(), threading.Event()

    def wait(handler: Handler) -> None:
        handler.begin_stream()
        handler.send_chunk(b"line\n")
        release.wait(60)
        handler.close_connection = True

    tls_server.answer = wait
    with requests.Session() as session:
        session.verify = str(certificate)
        cloud = HathoraCloud(
            "t", app_id="a", endpoint=tls_server.endpoint, session=session, abort=abort
        )
        with cloud, cloud.logs_v1.get_logs_for_process(process_id="p") as log:
            lines = log.lines()
            assert next(lines) == "line"
            threading.Timer(0.1, abort.set).start()
            with pytest.raises(RequestAbortedError):
                next(lines)
            release.set()
