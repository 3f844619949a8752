"""Comments on pull requests. A fake stands for GitHub, which cannot be reached from here."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hathora_deploy.cli.github.comment import leave_comment
from hathora_deploy.cli.github.conversation import CommentError

TOKEN = "ghs_s3cret"


@dataclass
class FakeGitHub:
    """The calls of its APIs about the comments of one repository, as its reference describes them.

    The token belongs to a bot, which may change the comments of all.
    """

    comments: dict[str, str] = field(default_factory=dict)
    """By their ids."""
    of_others: set[str] = field(default_factory=set)
    status: int = 0
    """What it refuses every call with."""
    error: str = ""
    """What it refuses every question of GraphQL with."""
    url: str = ""

    def write(self, *texts: str) -> None:
        """Comments of somebody else."""
        for text in texts:
            self.of_others.add(self._written(text))

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if self.status:
            return self.status, {"message": "Resource not accessible by integration"}
        match method, path:
            case "POST", "/repos/studio/game/issues/7/comments":
                return 201, {"node_id": self._written(body["body"])}
            case "POST", "/graphql":
                if self.error:
                    return 200, {"data": None, "errors": [{"type": self.error, "path": ["node"]}]}
                return 200, {"data": self._data(body["query"], body["variables"])}
        return 404, {}

    def _written(self, text: str) -> str:
        found = f"IC_{len(self.comments) + 1}"
        self.comments[found] = text
        return found

    def _data(self, query: str, variables: Any) -> Any:
        if "updateIssueComment(" in query:
            assert variables["id"] in self.comments
            self.comments[variables["id"]] = variables["body"]
            return {"updateIssueComment": {"issueComment": {"id": variables["id"]}}}
        assert variables.items() >= {"owner": "studio", "name": "game", "number": 7}.items()
        begin = int(variables["after"] or 0)
        nodes = [
            {"id": each, "body": text, "viewerDidAuthor": each not in self.of_others}
            for each, text in self.comments.items()
        ]
        end = begin + 100
        page = {"hasNextPage": len(nodes) > end, "endCursor": str(end)}
        comments = {"nodes": nodes[begin:end], "pageInfo": page}
        return {"repository": {"pullRequest": {"comments": comments}}}


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

        do_POST = respond

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
        "GITHUB_GRAPHQL_URL": f"{github.url}/graphql",
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
    github.write(*["by somebody"] * 150)
    comment("### Deployed a", environment)
    comment("### Deployed b", environment)
    *others, own = github.comments.values()
    assert own.endswith("\n### Deployed b")
    assert others == ["by somebody"] * 150


def test_a_comment_that_somebody_else_has_planted_is_left_as_it_is(
    github: FakeGitHub, environment: dict[str, str]
) -> None:
    comment("### Deployed a", environment)
    (planted,) = github.comments.values()
    github.comments.clear()
    github.write(planted)
    comment("### Deployed b", environment)
    comment("### Deployed c", environment)
    first, own = github.comments.values()
    assert first == planted
    assert own.endswith("\n### Deployed c")


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
    assert github.comments["IC_1"].endswith("\na?b")


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
    assert len(github.comments["IC_1"]) == 65_536
    assert github.comments["IC_1"].endswith("\n…\n")


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_refusal_says_what_the_token_needs_and_not_the_token(
    github: FakeGitHub, environment: dict[str, str], status: int
) -> None:
    github.status = status
    with pytest.raises(CommentError, match=f"no comment on pull request 7: HTTP {status}") as told:
        comment("### Deployed", environment)
    assert "pull-requests: write" in str(told.value.hint)
    assert TOKEN not in f"{told.value!r} {told.value.hint}"


def test_a_refusal_of_graphql_is_one_whatever_its_status_says(
    github: FakeGitHub, environment: dict[str, str]
) -> None:
    github.error = "FORBIDDEN"
    with pytest.raises(CommentError, match="no comment on pull request 7: FORBIDDEN"):
        comment("### Deployed", environment)
    assert not github.comments


def test_a_github_that_is_not_there_is_told(environment: dict[str, str]) -> None:
    with pytest.raises(CommentError, match="no comment on pull request 7: ConnectionError"):
        comment("### Deployed", environment, GITHUB_GRAPHQL_URL="http://127.0.0.1:1")
