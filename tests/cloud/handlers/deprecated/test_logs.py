from __future__ import annotations

import socket
import threading
from typing import Any

import requests

from tests.cloud.handlers.conftest import eventually
from tests.cloud.handlers.deprecated.conftest import OldClient


def say(process: Any, text: str) -> None:
    port = process["exposedPort"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        player.sendto(text.encode(), (port["host"], port["port"]))


def started(old: OldClient) -> Any:
    """A process that has bound its port."""
    process_id = old.post("/processes/v2/{app}/create/Seattle", 201)["processId"]
    path = f"/processes/v2/{{app}}/info/{process_id}"
    return eventually(lambda: old.get(path), lambda seen: seen["status"] == "running")


def test_the_log_of_an_app_is_that_of_its_processes(old: OldClient) -> None:
    deployment = old.deployed()
    for name in ("first", "second"):
        say(started(old), name)
    everything = "/logs/v1/{app}/all"

    log = eventually(
        lambda: old.send("GET", everything).text,
        lambda text: "heard first" in text and "heard second" in text,
    )

    assert old.send("GET", everything).headers["content-type"] == "application/octet-stream"
    assert log.index("heard first") < log.index("heard second")
    of_deployment = f"/logs/v1/{{app}}/deployment/{deployment['deploymentId']}"
    assert old.send("GET", of_deployment).text == log
    last = old.send("GET", everything, params={"tailLines": 1}).text
    assert last.splitlines() == ["heard first", "heard second"]


def test_the_log_of_a_deployment_leaves_out_the_processes_of_others(old: OldClient) -> None:
    first = old.deployed()
    say(started(old), "of the first")
    second = old.deployed()
    say(started(old), "of the second")

    log = eventually(
        lambda: old.send("GET", f"/logs/v1/{{app}}/deployment/{second['deploymentId']}").text,
        lambda text: "of the second" in text,
    )

    assert "of the first" not in log
    other = old.send("GET", f"/logs/v1/{{app}}/deployment/{first['deploymentId']}").text
    assert "of the second" not in other


def test_a_log_that_is_followed_has_the_processes_that_start_later_and_ends_with_the_last(
    old: OldClient,
) -> None:
    old.deployed()
    first = started(old)
    lines: list[str] = []

    def follow() -> None:
        url = f"{old.endpoint}/logs/v1/{old.app_id}/all?follow=true"
        headers = {"Authorization": f"Bearer {old.token}"}
        with requests.get(url, headers=headers, stream=True, timeout=30) as answer:
            lines.extend(line.decode() for line in answer.iter_lines(chunk_size=1))

    reader = threading.Thread(target=follow)
    reader.start()
    second = started(old)
    say(second, "later")
    say(first, "leave")
    eventually(
        lambda: old.get(f"/processes/v2/{{app}}/info/{first['processId']}")["status"],
        lambda status: status == "stopped",
    )
    say(second, "last")
    say(second, "leave")
    reader.join(timeout=60)

    assert not reader.is_alive()
    assert sorted(line for line in lines if line.startswith("heard")) == [
        "heard last",
        "heard later",
        "heard leave",
        "heard leave",
    ]


def test_an_app_that_has_run_nothing_has_an_empty_log(old: OldClient) -> None:
    answer = old.send("GET", "/logs/v1/{app}/all", params={"follow": "true"})

    assert (answer.status_code, answer.content) == (200, b"")
