"""Sign-up."""

from __future__ import annotations

from hathora_deploy.api import management
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class ManagementV1(Resource[ModeT]):
    """Sign-up."""

    send_verification_email = call(management.SendVerificationEmail)
