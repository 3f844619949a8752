"""Comments on pull requests. A fake stands for GitHub, which cannot be reached from here."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hathora_deploy.cli.github.comment import CommentError, leave_comment

TOKEN = "ghs_s3cret"


@dataclass
class FakeGitHub:
    """The calls of its API about the comments of one repository, as its reference describes them."""

    comments: dict[int, str] = field(default_factory=dict)
    status: int = 0
    """What it refuses every call with."""
    url: str = ""

    def answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        url = urlsplit(target)
        if self.status:
            return self.status, {"message": "Resource not accessible by integration"}
        if url.path == "/repos/studio/game/issues/7/comments":
            if method == "POST":
                number = len(self.comments) + 1
                self.comments[number] = body["body"]
                return 201, {"id": number}
            query = {name: int(value) for name, (value,) in parse_qs(url.query).items()}
            begin = (query["page"] - 1) * query["per_page"]
            listed = list(self.comments.items())[begin : begin + query["per_page"]]
            return 200, [{"id": number, "body": text} for number, text in listed]
        found = re.fullmatch(r"/repos/studio/game/issues/comments/(\d+)", url.path)
        if found and method == "PATCH":
            self.comments[int(found[1])] = body["body"]
            return 200, {}
        return 404, {}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    fake = FakeGitHub()

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = 401, {}
            if self.headers["Authorization"] == f"Bearer {TOKEN}":
                status, answer = fake.answer(self.command, self.path, json.loads(data or b"null"))
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = respond

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        fake.url = f"http://127.0.0.1:{server.server_port}"
        yield fake
        server.shutdown()
        thread.join()


@pytest.fixture
def environment(github: FakeGitHub, tmp_path: Path) -> dict[str, str]:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    return {
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": "studio/game",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_WORKFLOW": "preview",
        "GITHUB_JOB": "deploy",
    }


def comment(text: str, environment: dict[str, str], path: str = "server", **other: str) -> None:
    inputs = {"path": path}
    leave_comment(text, inputs=inputs, token=TOKEN, environment={**environment, **other})


def test_a_later_run_replaces_the_comment_of_an_earlier_one(
    github: FakeGitHub, environment: dict[str, str]
) -> None:
    github.comments |= dict.fromkeys(range(1, 151), "by somebody")
    comment("### Deployed a", environment)
    comment("### Deployed b", environment)
    assert len(github.comments) == 151
    assert github.comments[151].endswith("\n### Deployed b")
    assert set(list(github.comments.values())[:150]) == {"by somebody"}


def test_each_job_has_a_comment_of_its_own(github: FakeGitHub, environment: dict[str, str]) -> None:
    comment("east", environment, GITHUB_JOB="east")
    comment("west", environment, GITHUB_JOB="west --> <script>")
    assert [text.splitlines()[1] for text in github.comments.values()] == ["east", "west"]
    assert not any("script" in text for text in github.comments.values())


def test_each_server_of_a_matrix_has_a_comment_of_its_own(
    github: FakeGitHub, environment: dict[str, str]
) -> None:
    for path in ("servers/arena", "servers/lobby", "servers/arena"):
        comment(f"of {path}", environment, path)
    assert [text.splitlines()[1] for text in github.comments.values()] == [
        "of servers/arena",
        "of servers/lobby",
    ]


def test_a_name_that_is_no_unicode_keeps_no_summary_back(
    github: FakeGitHub, environment: dict[str, str]
) -> None:
    comment("a\udcffb", environment)
    assert github.comments[1].endswith("\na?b")


def test_without_a_pull_request_nothing_is_asked(
    github: FakeGitHub, environment: dict[str, str]
) -> None:
    github.status = 500
    Path(environment["GITHUB_EVENT_PATH"]).write_text('{"ref": "refs/heads/main"}')
    comment("### Deployed", environment)
    Path(environment["GITHUB_EVENT_PATH"]).write_text("nonsense")
    comment("### Deployed", environment)


def test_a_long_summary_is_cut_to_what_github_takes(
    github: FakeGitHub, environment: dict[str, str]
) -> None:
    comment("x" * 100_000, environment)
    assert len(github.comments[1]) == 65_536
    assert github.comments[1].endswith("\n…\n")


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_refusal_says_what_the_token_needs_and_not_the_token(
    github: FakeGitHub, environment: dict[str, str], status: int
) -> None:
    github.status = status
    with pytest.raises(CommentError, match=f"no comment on pull request 7: HTTP {status}") as told:
        comment("### Deployed", environment)
    assert "pull-requests: write" in str(told.value.hint)
    assert TOKEN not in f"{told.value!r} {told.value.hint}"


def test_a_github_that_is_not_there_is_told(environment: dict[str, str]) -> None:
    with pytest.raises(CommentError, match="no comment on pull request 7: ConnectionError"):
        comment("### Deployed", environment, GITHUB_API_URL="http://127.0.0.1:1")
