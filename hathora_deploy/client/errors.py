"""No answer came: what the network did to a call.

TransportError
├── EndpointError           the endpoint is no URL of a cloud
├── ConnectionError         refused, reset, cut, unknown host, bad certificate
└── RequestTimeoutError     no connection, or no answer, in time
"""

from __future__ import annotations

from hathora_deploy.errors import HathoraError


class TransportError(HathoraError):
    """A call got no answer."""


class EndpointError(TransportError):
    """The endpoint is no URL that a call could be sent to."""

    hint = "an endpoint looks like https://api.hathora.dev or http://127.0.0.1:7350"


class ConnectionError(TransportError):
    """The cloud could not be reached, or the connection was cut."""

    hint = "check the endpoint and the network, then try again"


class RequestTimeoutError(TransportError):
    """The cloud took too long."""

    hint = "check the network and the cloud, then try again"
