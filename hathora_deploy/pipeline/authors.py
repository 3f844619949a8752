"""Who has made a deployment, by name where the API can say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from hathora_deploy.api.errors import ApiError
from hathora_deploy.client import HathoraCloud

_TOKEN_ID: Final = "org-token-"  # noqa: S105  # how the id of a token begins


def author_names(cloud: HathoraCloud, org_id: str, created_by: Iterable[str]) -> Mapping[str, str]:
    """The name of each author that goes by the id of a token; asks only if there is such a one."""
    ids = {author for author in created_by if author.startswith(_TOKEN_ID)}
    if not ids:
        return {}
    try:
        tokens = cloud.tokens_v1.get_org_tokens(org_id=org_id).tokens
    except ApiError:  # most tokens may not see the others, and an id is a name too
        return {}
    return {token.org_token_id: token.name for token in tokens if token.org_token_id in ids}
