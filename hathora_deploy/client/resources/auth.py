"""Player login."""

from __future__ import annotations

from hathora_deploy.api import auth
from hathora_deploy.client.call import Resource, call


class AuthV1(Resource):
    """Player login."""

    login_anonymous = call(auth.LoginAnonymous)
    login_google = call(auth.LoginGoogle)
    login_nickname = call(auth.LoginNickname)
