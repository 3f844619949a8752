"""Sign-up."""

from __future__ import annotations

from hathora_deploy.api import management
from hathora_deploy.client.call import Resource, call


class ManagementV1(Resource):
    """Sign-up."""

    send_verification_email = call(management.SendVerificationEmail)
