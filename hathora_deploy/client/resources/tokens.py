"""Organization tokens."""

from __future__ import annotations

from hathora_deploy.api import tokens
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class TokensV1(Resource[ModeT]):
    """Organization tokens."""

    get_org_tokens = call(tokens.GetOrgTokens)
    create_org_token = call(tokens.CreateOrgToken)
    revoke_org_token = call(tokens.RevokeOrgToken)
