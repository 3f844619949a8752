"""The origins of web pages that may call a cloud."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from hathora_deploy.cloud.hosts import checked, in_url

ANY: Final = "*"
_ORIGIN: Final = re.compile(r"https?://[^/?#@\s]+", re.IGNORECASE)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origins:
    """As browsers write them: in small letters, without the port that the scheme has anyway."""

    listed: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ",".join(self.listed)

    def __bool__(self) -> bool:
        return bool(self.listed)

    def __contains__(self, origin: str) -> bool:
        return ANY in self.listed or origin in self.listed

    @classmethod
    def parse(cls, text: str) -> Self:
        """Origins with commas between, or ``*`` for all that there are. Raises ValueError."""
        return cls(tuple(dict.fromkeys(_origin(each.strip()) for each in text.split(","))))


def _origin(text: str) -> str:
    if text == ANY:
        return ANY
    try:
        if not _ORIGIN.fullmatch(text):
            raise ValueError
        url = urlsplit(text)
        host, port = in_url(checked(url.hostname or "")), url.port
    except ValueError:
        raise ValueError(
            f"is no origin such as https://play.example.org, without a path: {text or 'nothing'}"
        ) from None
    is_named = port is not None and port != _DEFAULT_PORTS[url.scheme]
    return f"{url.scheme}://{host}:{port}" if is_named else f"{url.scheme}://{host}"
