"""The file that says where the cloud of a folder answers."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hathora_deploy import private_files
from hathora_deploy.cloud.settings import CloudSettings

LEAVE: Final = signal.SIGUSR2
"""Sent to a cloud, it ends the cloud and not what it runs."""


@dataclass(frozen=True)
class Address:
    """Where a running cloud is."""

    endpoint: str
    """For programs of this machine."""
    pid: int
    started_at: datetime
    runtime: str
    chosen: dict[str, str]
    """The settings that are not what they are by default, by name; of a secret one its digest."""
    public_endpoint: str | None = None
    """For others; None where none is announced."""
    fingerprint: str | None = None
    """SHA-256 of the certificate that others see."""
    version: str | None = None
    """Of the program; the first ones did not say."""


def write(settings: CloudSettings, address: Address) -> None:
    """Announce a cloud that answers by now."""
    fields = {
        "endpoint": address.endpoint,
        "pid": address.pid,
        "startedAt": address.started_at.isoformat(),
        "runtime": address.runtime,
        "settings": address.chosen,
        "publicEndpoint": address.public_endpoint,
        "fingerprint": address.fingerprint,
        "version": address.version,
    }
    private_files.write(settings.address_file, json.dumps(fields, indent=2) + "\n")


def read(settings: CloudSettings) -> Address | None:
    """What was announced last; None when nothing was, or it cannot be read."""
    try:
        fields = json.loads(settings.address_file.read_text(encoding="utf-8"))
        return Address(
            endpoint=fields["endpoint"],
            pid=fields["pid"],
            started_at=datetime.fromisoformat(fields["startedAt"]),
            runtime=fields["runtime"],
            chosen=dict(fields["settings"]),
            public_endpoint=fields.get("publicEndpoint"),
            fingerprint=fields.get("fingerprint"),
            version=fields.get("version"),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
