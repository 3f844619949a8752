"""What keeps a folder from becoming a deployment.

PipelineError
├── ContextError        the folder: missing, empty, no Dockerfile, unreadable
├── PlanError           the settings: a port nobody named, a value out of range
├── UploadError         a part did not arrive, after every attempt
├── BuildFailedError    the cloud could not build it
└── StartFailedError    it was deployed, and its process did not start
"""

from __future__ import annotations

from hathora_deploy.errors import HathoraError


class PipelineError(HathoraError):
    """A folder did not become a deployment."""


class ContextError(PipelineError):
    """The folder cannot be packaged."""


class PlanError(PipelineError):
    """The settings do not fit the folder or the contract."""


class UploadError(PipelineError):
    """The archive could not be uploaded."""


class BuildFailedError(PipelineError):
    """The build did not succeed, so nothing was deployed."""


class StartFailedError(PipelineError):
    """The deployment exists, but its process failed."""
