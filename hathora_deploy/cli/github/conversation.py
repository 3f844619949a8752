"""The comments of one pull request, as GitHub keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from hathora_deploy.cli.github.json_lookup import at
from hathora_deploy.errors import HathoraError

if TYPE_CHECKING:
    import requests

_API: Final = "https://api.github.com"
_GRAPHQL: Final = "https://api.github.com/graphql"
_TIMEOUT: Final = 10.0
_MOST_PAGES: Final = 10
# Only GraphQL says whose a comment is to every kind of token: that of a workflow may not ask who it is.
_LIST: Final = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      comments(first: 100, after: $after) {
        nodes { id body viewerDidAuthor }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}"""
_REPLACE: Final = """
mutation($id: ID!, $body: String!) {
  updateIssueComment(input: {id: $id, body: $body}) { issueComment { id } }
}"""


class CommentError(HathoraError):
    """GitHub takes no comment; ``hint`` says why that may be."""

    hint = "the token needs `permissions: pull-requests: write`, which no workflow has for a fork's"


class Conversation:
    """What a session, which has the token, can do there. Each call raises CommentError."""

    def __init__(
        self, session: requests.Session, *, number: int, environment: Mapping[str, str]
    ) -> None:
        self._session = session
        self._number = number
        self._repository = environment.get("GITHUB_REPOSITORY", "")
        self._api = environment.get("GITHUB_API_URL") or _API
        self._graphql = environment.get("GITHUB_GRAPHQL_URL") or _GRAPHQL

    def own(self, mark: str) -> str | None:
        """The id of the first comment that begins so, of those that the token's holder has written.

        Anybody may write a comment with the mark, and the token may change everybody's.
        """
        return next((at(each, "id") for each in self._comments() if _is_own(each, mark)), None)

    def add(self, body: str) -> None:
        url = f"{self._api}/repos/{self._repository}/issues/{self._number}/comments"
        self._post(url, {"body": body})

    def replace(self, comment: str, body: str) -> None:
        self._ask(_REPLACE, id=comment, body=body)

    def _comments(self) -> Iterator[Any]:
        owner, _, name = self._repository.partition("/")
        after = None
        for _ in range(_MOST_PAGES):
            data = self._ask(_LIST, owner=owner, name=name, number=self._number, after=after)
            listed = at(data, "repository", "pullRequest", "comments")
            nodes = at(listed, "nodes")
            if not isinstance(nodes, list):
                raise self._error("no list of comments")
            yield from nodes
            if not at(listed, "pageInfo", "hasNextPage"):
                return
            after = at(listed, "pageInfo", "endCursor")

    def _ask(self, query: str, **variables: object) -> Any:
        answer = self._post(self._graphql, {"query": query, "variables": variables})
        if errors := at(answer, "errors"):  # a refusal comes with a status that says all is well
            raise self._error(", ".join(str(at(each, "type") or "no reason") for each in errors))
        return at(answer, "data")

    def _post(self, url: str, body: object) -> Any:
        import requests

        try:
            answer = self._session.post(url, json=body, timeout=_TIMEOUT)
            answer.raise_for_status()
            return answer.json()
        except requests.RequestException as error:
            status = None if error.response is None else error.response.status_code
            raise self._error(f"HTTP {status}" if status else type(error).__name__) from None

    def _error(self, why: str) -> CommentError:
        return CommentError(f"no comment on pull request {self._number}: {why}")


def _is_own(comment: Any, mark: str) -> bool:
    return at(comment, "viewerDidAuthor") is True and str(at(comment, "body")).startswith(mark)
