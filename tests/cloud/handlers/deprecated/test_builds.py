from __future__ import annotations

import hashlib
from typing import Any

import pytest
import requests

from hathora_deploy.api.multipart import CompletedPart, completion_document
from tests.cloud.handlers.conftest import Running, archive, game
from tests.cloud.handlers.deprecated.conftest import OldClient


def test_an_archive_that_comes_with_the_run_is_built_and_its_log_is_text(old: OldClient) -> None:
    build = old.post("/builds/v1/{app}/create", 201, json={"buildTag": "1.0"})

    log = old.run(build["buildId"], game())

    assert log.headers["content-type"] == "text/plain; charset=utf-8"
    assert "COPY . ." in log.text
    built = old.get(f"/builds/v1/{{app}}/info/{build['buildId']}")
    assert built["status"] == "succeeded"
    assert built["buildTag"] == "1.0"
    assert built["appId"] == old.app_id
    assert built["regionalContainerTags"] == []


def test_the_log_of_the_second_version_is_bytes(old: OldClient) -> None:
    build = old.post("/builds/v2/{app}/create", 201, json={})

    log = old.run(build["buildId"], game(), version=2)

    assert log.headers["content-type"] == "application/octet-stream"
    assert "COPY . ." in log.text
    assert old.get(f"/builds/v2/{{app}}/info/{build['buildId']}")["status"] == "succeeded"


def test_a_build_that_fails_has_failed_when_its_log_ends(old: OldClient) -> None:
    build = old.post("/builds/v1/{app}/create", 201, json={})

    log = old.run(build["buildId"], archive('FROM x\nRUN make\nCMD ["x"]\n'))

    assert "RUN" in log.text
    assert old.get(f"/builds/v1/{{app}}/info/{build['buildId']}")["status"] == "failed"


def test_running_a_build_again_gives_its_log_again(old: OldClient) -> None:
    build = old.post("/builds/v1/{app}/create", 201, json={})
    log = old.run(build["buildId"], game())

    again = old.run(build["buildId"], b"another archive")

    assert again.text == log.text
    assert old.get(f"/builds/v1/{{app}}/info/{build['buildId']}")["status"] == "succeeded"


def test_builds_have_numbers_that_count_upwards_and_are_listed_newest_first(
    old: OldClient,
) -> None:
    first, second = (old.post("/builds/v1/{app}/create", 201, json={})["buildId"] for _ in range(2))

    assert second > first
    listed = [build["buildId"] for build in old.get("/builds/v1/{app}/list")]
    assert listed[:2] == [second, first]
    assert listed == [build["buildId"] for build in old.get("/builds/v2/{app}/list")]


def test_a_build_of_today_has_a_number_too(running: Running, old: OldClient) -> None:
    created = running.client.builds_v3.create_build(build_size_in_bytes=1, build_tag="of today")

    newest = old.get("/builds/v2/{app}/list")[0]

    assert newest["buildTag"] == "of today"
    assert old.get(f"/builds/v2/{{app}}/info/{newest['buildId']}") == newest
    running.client.builds_v3.delete_build(build_id=created.build_id)
    assert old.send("GET", f"/builds/v2/{{app}}/info/{newest['buildId']}").status_code == 404


def test_a_build_is_deleted_by_its_number(old: OldClient) -> None:
    number = old.post("/builds/v1/{app}/create", 201, json={})["buildId"]

    assert old.send("DELETE", f"/builds/v1/{{app}}/delete/{number}").status_code == 204

    assert old.send("GET", f"/builds/v1/{{app}}/info/{number}").status_code == 404
    assert old.send("DELETE", f"/builds/v2/{{app}}/delete/{number}").status_code == 404


def test_an_archive_is_uploaded_in_parts_before_the_run(old: OldClient) -> None:
    data = game()
    created = old.post(
        "/builds/v2/{app}/createWithMultipartUploads", 201, json={"buildSizeInBytes": len(data)}
    )
    (part,) = created["uploadParts"]
    put = requests.put(part["putRequestUrl"], data=data)
    document = completion_document([CompletedPart(part["partNumber"], put.headers["ETag"])])
    requests.post(created["completeUploadPostRequestUrl"], data=document).raise_for_status()

    log = old.send("POST", f"/builds/v2/{{app}}/run/{created['buildId']}")

    assert created["maxChunkSize"] >= len(data)
    assert "COPY . ." in log.text
    assert old.get(f"/builds/v2/{{app}}/info/{created['buildId']}")["status"] == "succeeded"


def with_upload_url(old: OldClient) -> Any:
    created = old.post("/builds/v2/{app}/createWithUploadUrl", 201, json={"buildTag": "1.0"})
    assert created["uploadBodyParams"] == []
    return created


def test_an_archive_of_any_size_is_put_to_one_url(old: OldClient) -> None:
    created, data = with_upload_url(old), game()

    put = requests.put(created["uploadUrl"], data=data)

    assert put.status_code == 200
    assert put.headers["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    log = old.send("POST", f"/builds/v2/{{app}}/run/{created['buildId']}")
    assert "COPY . ." in log.text
    assert old.get(f"/builds/v2/{{app}}/info/{created['buildId']}")["status"] == "succeeded"


def test_the_url_takes_the_archive_as_a_form_too(old: OldClient) -> None:
    created = with_upload_url(old)

    posted = requests.post(created["uploadUrl"], files={"file": ("a.tgz", game())})

    assert posted.status_code == 204
    log = old.send("POST", f"/builds/v2/{{app}}/run/{created['buildId']}")
    assert "COPY . ." in log.text


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"files": {"other": ("a.tgz", b"x")}}, "MalformedPOSTRequest"),
        ({"data": b"x"}, "MalformedPOSTRequest"),
        (
            {"data": b"x", "headers": {"Content-Type": "multipart/form-data"}},
            "MalformedPOSTRequest",
        ),
        ({"files": {"file": ("a.tgz", b"")}}, "EntityTooSmall"),
    ],
)
def test_a_form_without_an_archive_is_refused_as_s3_refuses_it(
    old: OldClient, message: Any, code: str
) -> None:
    answer = requests.post(with_upload_url(old)["uploadUrl"], **message)

    assert answer.status_code == 400
    assert f"<Code>{code}</Code>" in answer.text


def test_an_url_for_the_whole_archive_is_good_for_nothing_else(old: OldClient) -> None:
    url = with_upload_url(old)["uploadUrl"]

    assert requests.put(url + "x", data=b"x").status_code == 403
    assert requests.post(url + "x", files={"file": b"x"}).status_code == 403
    assert requests.put(url.replace("/archive?", "/1?"), data=b"x").status_code == 403
    assert requests.post(url.replace("/archive?", "/complete?"), data=b"x").status_code == 403


@pytest.mark.parametrize("version", [1, 2])
def test_a_run_without_an_archive_says_so(old: OldClient, version: int) -> None:
    number = old.post(f"/builds/v{version}/{{app}}/create", 201, json={})["buildId"]

    answer = old.send("POST", f"/builds/v{version}/{{app}}/run/{number}")

    assert answer.status_code == {1: 422, 2: 400}[version]
    assert {1: "file", 2: "not uploaded"}[version] in answer.json()["message"]


def test_a_form_that_is_none_is_refused(old: OldClient) -> None:
    number = old.post("/builds/v1/{app}/create", 201, json={})["buildId"]
    url = f"{old.endpoint}/builds/v1/{old.app_id}/run/{number}"
    form = {
        "Content-Type": "multipart/form-data; boundary=x",
        "Authorization": f"Bearer {old.token}",
    }

    answer = requests.post(url, data=b"no form", headers=form)

    assert answer.status_code == 400
    assert "form" in answer.json()["message"]


def test_a_file_that_is_cut_short_is_not_built(old: OldClient) -> None:
    number = old.post("/builds/v1/{app}/create", 201, json={})["buildId"]
    form = requests.Request("POST", "http://x", files={"file": ("a.tgz", game())}).prepare()
    assert isinstance(form.body, bytes)
    url = f"{old.endpoint}/builds/v1/{old.app_id}/run/{number}"
    headers = {**form.headers, "Authorization": f"Bearer {old.token}", "Content-Length": "100"}

    answer = requests.post(url, data=form.body[:100], headers=headers)

    assert answer.status_code in (400, 422)
    assert old.get(f"/builds/v1/{{app}}/info/{number}")["status"] == "created"


def test_a_file_is_not_read_for_those_who_may_not_call(old: OldClient) -> None:
    number = old.post("/builds/v1/{app}/create", 201, json={})["buildId"]

    answer = OldClient(old.endpoint, "", old.app_id).run(number, game())

    assert answer.status_code == 401
    assert old.get(f"/builds/v1/{{app}}/info/{number}")["status"] == "created"


def test_the_builds_of_another_organization_are_not_found(
    old: OldClient, stranger: OldClient
) -> None:
    number = old.post("/builds/v1/{app}/create", 201, json={})["buildId"]

    for method, path in [
        ("GET", f"/builds/v1/{{app}}/info/{number}"),
        ("GET", "/builds/v1/{app}/list"),
        ("DELETE", f"/builds/v2/{{app}}/delete/{number}"),
        ("POST", f"/builds/v2/{{app}}/run/{number}"),
        ("POST", "/builds/v2/{app}/createWithUploadUrl"),
    ]:
        answer = stranger.send(method, path, **({"json": {}} if method == "POST" else {}))
        assert answer.status_code == 404, path


@pytest.mark.parametrize("number", ["0", "-1", "9" * 30, "9" * 400])
def test_a_number_that_no_build_can_have_is_not_found(old: OldClient, number: str) -> None:
    assert old.send("GET", f"/builds/v1/{{app}}/info/{number}").status_code == 404
    assert old.send("GET", f"/deployments/v1/{{app}}/info/{number}").status_code == 404


def test_an_id_of_today_is_no_number(old: OldClient) -> None:
    answer = old.send("DELETE", "/builds/v1/{app}/delete/bld-1")

    assert answer.status_code == 422
    assert "buildId" in answer.json()["message"]
