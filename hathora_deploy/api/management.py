"""Sign-up."""

from __future__ import annotations

from hathora_deploy.api.model import OpenEnum
from hathora_deploy.api.operation import Auth, Operation


class VerificationEmailSuccess(OpenEnum):
    """Answer to the request."""

    SUCCESS = "success"


class SendVerificationEmail(
    Operation[VerificationEmailSuccess],
    method="POST",
    path="/management/v1/sendverificationemail",
    auth=Auth.NONE,
    errors=(401, 408, 429, 500),
):
    """Ask for the mail that confirms an address."""

    user_id: str
