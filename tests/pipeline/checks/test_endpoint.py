"""An endpoint that does not do, over real sockets: what is wrong with it is named."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.errors import ConnectionError
from hathora_deploy.pipeline.checks.endpoint import check_endpoint
from hathora_deploy.pipeline.checks.finding import State
from tests.client.certificates import DAY, self_signed
from tests.client.serving import served

Serve = Callable[..., HathoraCloud]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serves with a certificate that is trusted, or not, and gives a client of it."""
    with ExitStack() as stack:

        def serve(*, is_trusted: bool = True, **certificate: Any) -> HathoraCloud:
            file = self_signed(tmp_path, **certificate)
            if is_trusted:
                monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(file)
            server = stack.enter_context(served(context))
            server.answers(200, b"[]")
            return stack.enter_context(HathoraCloud("t", endpoint=server.endpoint))

        yield serve


def test_a_certificate_that_is_trusted_is_fine(serve: Serve) -> None:
    assert check_endpoint(serve()).state is State.OK


@pytest.mark.parametrize(
    ("certificate", "what", "hint"),
    [
        ({"is_trusted": False}, "it is signed by itself", "REQUESTS_CA_BUNDLE=FILE"),
        ({"begins": -2 * DAY, "ends": -DAY}, "it has expired", "renew the certificate"),
        ({"begins": DAY, "ends": 2 * DAY}, "it is not valid yet", "date -u"),
        (
            {"address": "10.9.8.7"},
            "it is for another address",
            "a name that the certificate is for",
        ),
    ],
)
def test_what_is_wrong_with_a_certificate_is_named_with_what_to_do(
    serve: Serve, certificate: dict[str, timedelta], what: str, hint: str
) -> None:
    with pytest.raises(ConnectionError) as raised:
        check_endpoint(serve(**certificate))
    assert f"did not show a certificate that is trusted: {what}" in str(raised.value)
    assert hint in (raised.value.hint or "")


def test_what_answers_and_is_no_hathora_api_is_told_from_one(serve: Serve) -> None:
    with served() as server, HathoraCloud("t", endpoint=server.endpoint) as cloud:
        server.answers(200, b'{"hello": "world"}')
        finding = check_endpoint(cloud)
    assert finding.state is State.PROBLEM
    assert "not as the Hathora API does" in finding.what
