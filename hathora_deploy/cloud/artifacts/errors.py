"""What an upload is refused for. Each class is the S3 error code that the client is told.

UploadRefused
├── MalformedXML            400  the completion is no completion
├── MalformedPOSTRequest    400  the form is no form, or has no file
├── InvalidPart             400  a part is missing, or is not the one that the completion means
├── InvalidPartOrder        400  the completion does not count upwards
├── EntityTooSmall          400  a part in the middle is not full, or the archive is empty
├── EntityTooLarge          400  a part is longer than its slice of the archive
├── AccessDenied            403  the URL is not one of ours, was changed, or has expired
├── NoSuchUpload            404  never begun, aborted, or complete already
├── OperationAborted        409  the same part was sent once more meanwhile
├── SlowDown                503  more parts are sent at once than are taken
└── InsufficientStorage     507  the disk is full
"""

from __future__ import annotations

from hathora_deploy.cloud.errors import CloudError


class UploadRefused(CloudError):
    """The store of archives refuses a part or a completion."""

    status = 400

    @property
    def code(self) -> str:
        """The error code, in S3's words."""
        return type(self).__name__


class MalformedXML(UploadRefused):
    """The completion cannot be read."""


class MalformedPOSTRequest(UploadRefused):
    """The form cannot be read, or has no file."""


class InvalidPart(UploadRefused):
    """A part did not arrive, or another one did."""


class InvalidPartOrder(UploadRefused):
    """The parts of a completion do not ascend."""


class EntityTooSmall(UploadRefused):
    """Only the last part may be short, and an archive has at least one byte."""


class EntityTooLarge(UploadRefused):
    """A part does not fit its slice."""


class AccessDenied(UploadRefused):
    """The URL authorises nothing."""

    status = 403


class NoSuchUpload(UploadRefused):
    """There is nothing to upload to."""

    status = 404


class OperationAborted(UploadRefused):
    """Somebody else's change came first."""

    status = 409


class InsufficientStorage(UploadRefused):
    """There is no room."""

    status = 507


class SlowDown(UploadRefused):
    """More is sent at once than is taken."""

    status = 503
