"""Where a cloud is."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from hathora_deploy.client.errors import EndpointError, InvalidRequestError
from hathora_deploy.ip_address import is_loopback

SERVERS: Final = ("https://api.hathora.dev",)
"""The servers of the API, by their index in Hathora's SDKs."""
DEFAULT_ENDPOINT: Final = SERVERS[0]
_LABEL: Final = re.compile(r"[A-Za-z0-9_-]{1,63}")


def endpoint_of(server: str | int) -> str:
    """The endpoint of a server that is named by its URL, or by its index."""
    if isinstance(server, str):
        return checked_endpoint(server)
    if not 0 <= server < len(SERVERS):
        raise InvalidRequestError(
            f"there is no server {server}", hint=f"server 0 is {SERVERS[0]}; or give a URL"
        )
    return SERVERS[server]


def checked_endpoint(endpoint: str) -> str:
    """The endpoint without a slash at its end. Raises EndpointError when nothing can be sent there."""
    endpoint = endpoint.strip()  # the line end of the file that it may come from
    try:
        parts = urlsplit(endpoint)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    # Not quoted in the message: somebody may have pasted a token, or a password in the URL.
    if not is_usable:
        raise EndpointError("the endpoint is not an http:// or https:// URL")
    if not _is_host(parts.hostname or ""):
        raise EndpointError("the endpoint names no host that can be asked for")
    if not endpoint.isprintable() or " " in endpoint:
        raise EndpointError("the endpoint holds characters that no URL has")
    if parts.username is not None or "?" in endpoint or "#" in endpoint:
        raise EndpointError("the endpoint holds a user name or a query: the token is passed apart")
    return endpoint.rstrip("/")


def canonical_endpoint(endpoint: str) -> str:
    """One of the texts that mean the same endpoint. Raises EndpointError."""
    parts = urlsplit(checked_endpoint(endpoint))
    host, port = (parts.hostname or "").lower(), parts.port
    written = f"[{host}]" if ":" in host else host
    if port is not None and port != {"http": 80, "https": 443}[parts.scheme]:
        written += f":{port}"
    return f"{parts.scheme}://{written}{parts.path.rstrip('/')}"


def _is_host(name: str) -> bool:
    if ":" in name:
        return True  # an IPv6 address, of which urlsplit has seen the brackets
    try:
        labels = name.encode("idna").decode() if not name.isascii() else name
    except UnicodeError:
        return False
    return all(_LABEL.fullmatch(label) for label in labels.removesuffix(".").split("."))


def is_on_this_machine(endpoint: str) -> bool:
    """Whether what is sent to an endpoint stays on this machine."""
    return is_loopback(urlsplit(endpoint).hostname or "")


def origin(url: str) -> str:
    """Scheme, host and port of a URL: what may be shown of it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
