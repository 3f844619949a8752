"""Which line of a Dockerfile a log is about."""

from __future__ import annotations

import pytest

from hathora_deploy.cli.github.dockerfile_line import failed_line, faulty_line

DOCKERFILE = """\
# The server.
ARG BASE=python:3.11-slim
FROM $BASE AS build

COPY . .
RUN pip install \\
    --requirement requirements.txt
CMD ["python3", "server.py"]
"""


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (["Step 1/5 : ARG BASE", "Step 4/5 : RUN pip install", "Error: it returned 1"], 6),
        (["[2/3] RUN pip install", "Dockerfile:6", "--------------------", "Error: exit 1"], 6),
        (["[1/2] COPY . .", "Error: [/bin/sh -c pip install --requirement requirements.txt]"], 6),
        (["[build 1/2] COPY  . .", "Error: no space left on device"], 5),
        (["[1/2] COPY other .", "Error: of another Dockerfile"], None),
        (["Error: Dockerfile, line 5: there is no file to copy"], 5),
        (["Step 1/9 : FROM scratch", "Error: of another Dockerfile"], None),
        (["Dockerfile:600", "Error: not a line of this one"], None),
        (["Step 0/5 : RUN echo", "Error"], None),
        (["the store is full"], None),
        ([], None),
    ],
)
def test_the_line_is_found_where_the_log_names_a_line_or_a_step(
    log: list[str], line: int | None
) -> None:
    assert failed_line(log, DOCKERFILE) == line


def test_a_dockerfile_that_cannot_be_read_names_its_line() -> None:
    assert faulty_line("FROM scratch\nCPY . .\n") == 2
    assert faulty_line(DOCKERFILE) is None
