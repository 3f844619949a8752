"""Whether this machine's clock agrees with the cloud's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.hooks import Hooks
from hathora_deploy.client.message import Request, Response
from hathora_deploy.pipeline.checks.finding import Finding

ABOUT = "clock"
_MOST: Final = timedelta(seconds=30)
"""What signed URLs, and tokens that expire, bear."""
_PRECISION: Final = timedelta(seconds=1)
"""Of a Date header."""


def check_clock(
    cloud: HathoraCloud, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Finding:
    """Compares it with the Date of an answer."""
    dates: list[str | None] = []

    def note(response: Response, _: Request) -> None:
        dates.append(response.headers.get("date"))

    begun = now()
    cloud.with_options(
        hooks=Hooks(after_response=(note,))
    ).discovery_v2.get_ping_service_endpoints()
    return skew(dates[-1], begun=begun, ended=now())


def skew(date: str | None, *, begun: datetime, ended: datetime) -> Finding:
    """What a Date says that was written between two moments of this machine's clock."""
    try:
        told = parsedate_to_datetime(date or "")
    except ValueError:
        return Finding.warning(ABOUT, "the cloud does not say what time it is", "date -u")
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    behind, ahead = told - ended, begun - (told + _PRECISION)
    if max(behind, ahead) <= _MOST:
        return Finding.ok(ABOUT, "agrees with the cloud's to half a minute")
    off, way = (behind, "behind") if behind > ahead else (ahead, "ahead of")
    return Finding.problem(
        ABOUT,
        f"this machine's is {off.total_seconds():,.0f} s {way} the cloud's: signed URLs and tokens"
        " are refused when they should not be",
        "sudo timedatectl set-ntp true",
    )
