"""What the browser of a player learns of a cloud, when a page of another origin calls it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from websockets.sync.client import connect
from websockets.typing import Origin

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.api.catalog import ALL
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.origins import Origins
from hathora_deploy.cloud.rates import Rate
from hathora_deploy.cloud.settings import CloudSettings
from tests.cloud.handlers.conftest import archive, some_name
from tests.cloud.serving import served

GAME, OTHER_GAME = "https://play.example.org", "http://localhost:5173"
ALLOWED, EXPOSED = "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"
ASKED = "authorization, content-type, x-request-id"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    data_dir = tmp_path_factory.mktemp("cors") / "cloud"
    settings = CloudSettings(
        data_dir,
        runtime="process",
        port=0,
        allow_origin=Origins.parse(f"{GAME},{OTHER_GAME}"),
        player_rate=Rate(0.001, 1),
    )
    yield daemon.start(settings)
    daemon.stop(data_dir)


@pytest.fixture
def page(cloud: RunningCloud) -> Iterator[requests.Session]:
    """What a page of the game sends, with the token of the cloud."""
    with requests.Session() as session:
        session.headers.update({"Origin": GAME, "Authorization": f"Bearer {cloud.token.reveal()}"})
        yield session


def read(answer: requests.Response, origin: str = GAME) -> requests.Response:
    """The answer, which a browser must show to pages of the origin, and to no other."""
    assert answer.headers[ALLOWED] == origin
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    return answer


def preflight(url: str, method: str, origin: str = GAME, **headers: str) -> requests.Response:
    """What a browser asks before it calls."""
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": ASKED}
    return requests.options(url, headers={"Origin": origin, **asked, **headers}, timeout=30)


def test_a_browser_may_call_every_operation_for_such_a_page(cloud: RunningCloud) -> None:
    for operation in ALL.values():
        shape = operation.shape
        answer = read(preflight(cloud.endpoint + shape.path, shape.method))
        assert answer.status_code == 200
        assert shape.method in answer.headers["Access-Control-Allow-Methods"].split(", ")
        assert answer.headers["Access-Control-Allow-Headers"] == ASKED
        assert int(answer.headers["Access-Control-Max-Age"]) > 0


def test_a_page_of_the_internet_may_call_a_cloud_of_this_machine_if_it_was_named(
    cloud: RunningCloud,
) -> None:
    asked = {"Access-Control-Request-Private-Network": "true"}
    answer = read(preflight(f"{cloud.endpoint}/apps/v2/apps", "GET", **asked))
    assert answer.headers["Access-Control-Allow-Private-Network"] == "true"


@pytest.mark.parametrize("origin", ["https://evil.test", "https://play.example.org:8443", "null"])
def test_for_other_pages_nothing_changes(cloud: RunningCloud, origin: str) -> None:
    url = f"{cloud.endpoint}/discovery/v2/ping"
    for answer in (
        preflight(url, "GET", origin),
        requests.get(url, headers={"Origin": origin}, timeout=30),
    ):
        assert answer.status_code == 403
        assert ALLOWED not in answer.headers
        assert "--allow-origin" in answer.json()["message"]


def test_a_page_whose_name_was_made_to_lead_here_is_refused(cloud: RunningCloud) -> None:
    headers = {"Origin": GAME, "Host": "evil.test"}
    answer = requests.get(f"{cloud.endpoint}/discovery/v2/ping", headers=headers, timeout=30)
    assert answer.status_code == 403
    assert ALLOWED not in answer.headers


def test_a_page_reads_refusals_too(cloud: RunningCloud, page: requests.Session) -> None:
    def post(path: str, **headers: str) -> requests.Response:
        return read(page.post(cloud.endpoint + path, json={}, headers=headers, timeout=30))

    player = f"Bearer {some_name()}"
    answers = [
        post("/rooms/v2/app-none/create", Authorization="Bearer wrong"),
        post("/rooms/v2/app-none/create"),
        post("/no/such/operation"),
        post("/discovery/v2/ping"),
        post("/lobby/v3/app-none/create", Authorization=player),
        post("/lobby/v3/app-none/create", Authorization=player),
    ]

    assert [answer.status_code for answer in answers] == [401, 422, 404, 405, 404, 429]
    for answer in answers:
        assert answer.json()["message"]
        assert answer.headers["X-Request-Id"]
    shown = answers[-1].headers[EXPOSED].split(", ")
    assert {"Retry-After", "X-Request-Id"} <= set(shown)
    assert answers[-1].headers["Retry-After"]


def test_an_answer_that_is_kept_for_many_players_is_for_the_page_that_asked(
    cloud: RunningCloud,
) -> None:
    with HathoraCloud(cloud.token.reveal(), endpoint=cloud.endpoint) as client:
        app = client.apps_v2.create_app(
            app_name=some_name(), auth_configuration=AuthConfiguration()
        )
    url = f"{cloud.endpoint}/rooms/v2/{app.app_id}/connectioninfo/no-such-room"
    for origin in (GAME, OTHER_GAME, GAME):
        assert (
            read(requests.get(url, headers={"Origin": origin}, timeout=30), origin).status_code
            == 404
        )
    assert ALLOWED not in requests.get(url, timeout=30).headers


def test_a_page_uploads_a_build_and_follows_its_log(
    cloud: RunningCloud, page: requests.Session
) -> None:
    data = archive("FROM scratch\nCOPY . .\nEXPOSE 7777/udp\nCMD ./server\n", server="")
    created = read(
        page.post(
            f"{cloud.endpoint}/builds/v3/builds", json={"buildSizeInBytes": len(data)}, timeout=30
        )
    ).json()
    part_url = created["uploadParts"][0]["putRequestUrl"]
    with requests.Session() as session:
        session.headers["Origin"] = GAME
        assert read(preflight(part_url, "PUT")).status_code == 200
        part = read(session.put(part_url, data=data, timeout=30))
        assert "ETag" in part.headers[EXPOSED].split(", ")
        document = (
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
            f"<ETag>{part.headers['ETag']}</ETag></Part></CompleteMultipartUpload>"
        )
        done = read(
            session.post(created["completeUploadPostRequestUrl"], data=document, timeout=30)
        )
        assert done.status_code == 200
        refused = read(session.put(f"{part_url}x", data=data, timeout=30))
        assert refused.status_code == 403

    run = f"{cloud.endpoint}/builds/v3/builds/{created['buildId']}/run"
    with page.post(run, stream=True, timeout=30) as log:
        assert read(log).status_code == 200
        assert log.content


def test_a_page_pings(cloud: RunningCloud) -> None:
    url = cloud.endpoint.replace("http", "ws")
    with connect(url, origin=Origin(GAME)) as pings:
        pings.send("PING")
        assert pings.recv(timeout=10) == "PING"


def test_where_any_page_may_call_all_read_the_same(tmp_path: Path) -> None:
    cloud = Cloud.open(CloudSettings(tmp_path, runtime="process", allow_origin=Origins.parse("*")))
    try:
        with served(create_app(cloud)) as endpoint:
            url = f"{endpoint}/discovery/v2/ping"
            for origin in ("https://anywhere.test", "null"):
                answer = requests.get(url, headers={"Origin": origin}, timeout=30)
                assert answer.status_code == 200
                assert answer.headers[ALLOWED] == "*"
                assert preflight(url, "GET", origin).headers[ALLOWED] == "*"
            foreign = {"Origin": "https://anywhere.test", "Host": "evil.test"}
            assert requests.get(url, headers=foreign, timeout=30).status_code == 403
    finally:
        cloud.close()
