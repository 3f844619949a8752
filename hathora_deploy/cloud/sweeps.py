"""Table of contents of what a cloud clears away, and how often it looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hathora_deploy.cloud.artifacts.port import URL_LIFETIME, Artifacts
from hathora_deploy.cloud.audit import AuditLog
from hathora_deploy.cloud.expiry import Sweep
from hathora_deploy.cloud.process_logs import ProcessLogs
from hathora_deploy.cloud.settings import CloudSettings

_SOON: Final = 15.0
"""Seconds in which a game server that fills the disk must not fill all of it."""


def sweeps(
    settings: CloudSettings,
    *,
    artifacts: Artifacts,
    logs: ProcessLogs,
    audit: AuditLog,
    leads: Callable[[], bool],
) -> list[Sweep]:
    """All of them. One cloud ``leads`` where several share a bucket, and clears it for all."""
    seldom = settings.expiry_interval
    return [
        Sweep(
            "uploads that nobody completed",
            seldom,
            lambda: artifacts.expire(older_than=URL_LIFETIME) if leads() else 0,
        ),
        Sweep("logs of processes that ended long ago", seldom, logs.remove_old),
        Sweep("old entries of the audit log", seldom, audit.forget_old),
        Sweep("beginnings of logs that are too long", min(seldom, _SOON), logs.cut_long),
    ]
