"""Whether a proxy of the environment stands between this machine and the cloud."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from urllib.parse import urlsplit

from hathora_deploy.client.endpoint import is_on_this_machine
from hathora_deploy.pipeline.checks.finding import Finding

ABOUT = "proxy"


def check_proxies(endpoint: str, *, environment: Mapping[str, str]) -> Finding:
    """Judges as the client does, which asks no proxy for this machine's own loopback."""
    from requests.utils import should_bypass_proxies

    scheme, host = urlsplit(endpoint).scheme, urlsplit(endpoint).hostname or ""
    variable = next(
        (
            name
            for word in (scheme, "all")
            for name in (f"{word}_proxy", f"{word}_proxy".upper())
            if environment.get(name)
        ),
        None,
    )
    if variable is None:
        return Finding.ok(ABOUT, "none is set for this endpoint")
    if is_on_this_machine(endpoint):
        return Finding.ok(ABOUT, f"{variable} does not count for this machine's own {host}")
    excepted = environment.get("no_proxy", environment.get("NO_PROXY", ""))
    if should_bypass_proxies(endpoint, no_proxy=excepted or None):
        return Finding.ok(ABOUT, f"{variable} does not count for {host}, by NO_PROXY")
    return Finding.warning(
        ABOUT,
        f"{variable} sends what is for {host} through {_place(environment[variable])}",
        f"export NO_PROXY={shlex.quote(','.join(filter(None, (excepted, host))))}",
    )


def _place(proxy: str) -> str:
    """Without the user and the password that it may hold."""
    try:
        parts = urlsplit(proxy if "//" in proxy else f"//{proxy}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "what is no URL"
    return f"{parts.hostname or 'what is no URL'}{port}"
