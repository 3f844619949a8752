from __future__ import annotations

import pytest

from hathora_deploy.cloud.errors import BuildFailed
from hathora_deploy.cloud.runtime.docker_build import Traces, log_lines


def test_lines_are_whole_however_the_engine_cuts_them() -> None:
    events = [{"stream": "Step 1/2 : FR"}, {"stream": "OM x\n\x1b[91mone\ntw"}, {"stream": "o"}]
    assert list(log_lines(events)) == ["Step 1/2 : FROM x", "one", "two"]


def test_of_a_pull_the_steps_are_shown_and_not_the_bars() -> None:
    events = [
        {"status": "Pulling from library/debian", "id": "12"},
        {"status": "Downloading", "progress": "[=>  ]", "id": "abc"},
        {"status": "Status: Downloaded newer image"},
        {"aux": {"ID": "sha256:0"}},
    ]
    assert list(log_lines(events)) == [
        "12: Pulling from library/debian",
        "Status: Downloaded newer image",
    ]


def test_an_error_of_the_engine_fails_the_build_after_the_lines_before_it() -> None:
    lines = log_lines([{"stream": "half"}, {"error": "COPY failed: no such file"}])
    assert next(lines) == "half"
    with pytest.raises(BuildFailed, match="no such file"):
        next(lines)


def test_only_what_a_build_made_itself_counts_as_its_trace() -> None:
    traces = Traces()
    for line in [
        "Step 1/4 : FROM debian",
        " ---> aaaaaaaaaaaa",
        "Step 2/4 : COPY a b",
        " ---> Using cache",
        " ---> bbbbbbbbbbbb",
        "Step 3/4 : RUN make",
        " ---> Running in cccccccccccc",
        "Removing intermediate container cccccccccccc",
        " ---> dddddddddddd",
        "Step 4/4 : RUN test",
        " ---> Running in eeeeeeeeeeee",
    ]:
        traces.read(line)
    assert traces.images == ["dddddddddddd"]
    assert traces.containers == ["cccccccccccc", "eeeeeeeeeeee"]
