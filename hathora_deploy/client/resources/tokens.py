"""Organization tokens."""

from __future__ import annotations

from hathora_deploy.api import tokens
from hathora_deploy.client.call import Resource, call


class TokensV1(Resource):
    """Organization tokens."""

    get_org_tokens = call(tokens.GetOrgTokens)
    create_org_token = call(tokens.CreateOrgToken)
    revoke_org_token = call(tokens.RevokeOrgToken)
