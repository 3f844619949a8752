"""Player login."""

from __future__ import annotations

from hathora_deploy.api import auth
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class AuthV1(Resource[ModeT]):
    """Player login."""

    login_anonymous = call(auth.LoginAnonymous)
    login_google = call(auth.LoginGoogle)
    login_nickname = call(auth.LoginNickname)
