"""Pipelines of the npm tool go on: its words become those of ``hathora``."""

from __future__ import annotations

import json

import pytest

from hathora_deploy.cli.official.npm import translated

from .conftest import EXAMPLE, Hathora, Studio


def test_the_words_of_a_deploy_become_those_of_hathora() -> None:
    line = (
        "deploy --appId app-1 --file ./server.tgz --roomsPerProcess 1 --planName tiny "
        "--transportType=tls --containerPort 22222 --env EULA=TRUE --token T"
    )
    assert " ".join(translated(line.split())) == (
        "deploy --from-latest --app-id app-1 --file ./server.tgz --rooms-per-process 1 "
        "--requested-cpu=0.5 --requested-memory-mb=1024 --transport-type=tls "
        "--container-port 22222 --env=EULA=TRUE --token T"
    )


@pytest.mark.parametrize("line", ["--planName huge", "--env [1]", "--env [", "--planName", "login"])
def test_what_is_unknown_is_left_for_an_error(line: str, hathora: Hathora) -> None:
    words = line.split() if line == "login" else ["deploy", *line.split()]
    assert hathora(*translated(words), code=1).stdout == ""


def test_a_deploy_in_its_words_has_what_they_say(hathora: Hathora, studio: Studio) -> None:
    variables = [{"name": "A", "value": "1,B=2"}, {"name": "C", "value": 'say "hi"'}]
    words = ["deploy", "--appId", studio.app_id, "--file", str(EXAMPLE), "--planName", "small"]
    hathora(*translated([*words, "--env", json.dumps(variables)]), HATHORA_APP_ID=None)

    latest = studio.client.deployments_v3.get_latest_deployment()
    assert (latest.requested_cpu, latest.requested_memory_mb) == (1, 2048)
    env = {each.name: each.value.reveal() for each in latest.env}
    assert env["A"] == "1,B=2"
    assert env["C"] == 'say "hi"'
    assert latest.rooms_per_process == studio.deployment.rooms_per_process, "as it was"
